package dev.twinlog.spi;

import java.util.concurrent.CompletionStage;

/**
 * Writes the routes of one lane.
 *
 * <p><b>Threading.</b> Confined to the lane's writer thread. The stages that {@link #write} returns
 * may complete on any thread.
 *
 * <p><b>Errors.</b> A failed write completes its stage with a {@link ReplicationException} whose
 * type decides whether to retry, to stop the partition, or to end the link (a {@link
 * java.util.concurrent.CompletionException} around it is removed); any other exception stops the
 * partition, so use a {@link RetriableException} for the {@code IOException} of a broken
 * connection. A sink that knows that the first records of the batch are nevertheless in the target
 * fails with a {@link PartialWriteException}. After a failure every later write of that route must
 * fail as well, and nothing of it may reach the target, until {@link #open} is called for the
 * route.
 *
 * <p><b>Lifecycle.</b> Opened by {@link Sink#openWriter}, closed once; {@code close()} completes
 * every stage that is still open, if necessary with a failure.
 *
 * <p><b>Blocking.</b> Nothing here blocks, except {@code close()}, for seconds. For a client that
 * can only block there is {@link BlockingSinkWriter}; a writer that collects writes before it sends
 * them is a {@link BufferingSinkWriter}.
 */
public interface SinkWriter extends AutoCloseable {

  /**
   * Makes a route ready for writing: called before its first write and again after a failure, when
   * all its earlier writes have completed.
   */
  default void open(Route route) {}

  /**
   * Abandons a route while writes of it may be in flight, because its partition stopped (its target
   * topic was deleted, for instance): they should complete soon, with a failure, and records that
   * have not reached the target by then must not reach it later. A sink whose writes always
   * complete soon has nothing to do here.
   */
  default void abandon(Route route) {}

  /**
   * Writes a batch. Writes of a route are appended in the order of the calls.
   *
   * @return completes when the batch is safe in the target
   */
  CompletionStage<WriteAck> write(Route route, ReplicationBatch batch);

  @Override
  void close();
}
