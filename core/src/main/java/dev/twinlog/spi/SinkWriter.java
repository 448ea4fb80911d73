package dev.twinlog.spi;

import java.util.concurrent.CompletionStage;

/**
 * Writes the routes of one lane.
 *
 * <p><b>Threading.</b> Confined to the lane's writer thread. The stages that {@link #write} returns
 * may complete on any thread.
 *
 * <p><b>Errors.</b> A failed write completes its stage with a {@link ReplicationException} whose
 * type says whether to retry, to stop the partition, or to stop the link (a {@link
 * java.util.concurrent.CompletionException} around it is taken off); any other exception stops the
 * partition, so make a {@link RetriableException} of a broken connection's {@code IOException}. A
 * sink that knows which records of the batch are in the target all the same says so by a {@link
 * PartialWriteException}. After a failure every later write of that route must fail, too, and
 * nothing of it may reach the target, until {@link #open} is called for the route.
 *
 * <p><b>Lifecycle.</b> Opened by {@link Sink#openWriter}, closed once; {@code close()} completes
 * every stage that is still open, with a failure if need be.
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
   * Gives a route up while writes of it may be under way, because its partition stopped (its target
   * topic was deleted, say): they should complete soon, with a failure, and what has not reached
   * the target by then must not reach it later. A sink whose writes always complete soon by
   * themselves has nothing to do here.
   */
  default void abandon(Route route) {}

  /**
   * Writes a batch. Writes of a route land in the order of the calls.
   *
   * @return completes when the batch is safe in the target
   */
  CompletionStage<WriteAck> write(Route route, ReplicationBatch batch);

  @Override
  void close();
}
