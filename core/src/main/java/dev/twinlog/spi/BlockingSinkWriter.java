package dev.twinlog.spi;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SinkWriter} for a client that blocks, JDBC for instance: extend it and implement {@link
 * #put}. Writes run one after the other, in the order of the calls, on one thread of the writer's
 * own, {@code twinlog-<link>-sink-<lane>}. A route whose write has failed fails every later write
 * until it is opened again, as {@link SinkWriter} requires, without {@link #put} being called.
 *
 * <p><b>Threading.</b> {@link #put} and {@link #closeClient} are called on the writer's thread (if
 * that thread does not end in time, the client is closed on the thread that closes the writer); the
 * other methods as in {@link SinkWriter}.
 *
 * <p><b>Errors.</b> What {@link #put} throws fails the write: a {@link ReplicationException} as it
 * is, any other exception as a {@link RetriableException}, since most exceptions of blocking
 * clients report temporary faults. Throw a {@link PartitionFailedException} for records that can't
 * be written at all.
 *
 * <p><b>Lifecycle.</b> {@link #close} waits at most {@value #CLOSE_SECONDS} seconds for the write
 * that is in progress, then interrupts it; writes that have not begun fail.
 *
 * <p><b>Blocking.</b> {@link #put} may block as long as it needs to. Writes that wait for it count
 * against the link's in-flight budget, which bounds how many there are.
 */
public abstract class BlockingSinkWriter implements SinkWriter {
  private static final int CLOSE_SECONDS = 5;

  private final ExecutorService thread;

  /** The failure of the last write of a route; confined to the writer's thread. */
  private final Map<Route, ReplicationException> failed = new HashMap<>();

  /** The stage of the write in progress. */
  private volatile @Nullable CompletableFuture<WriteAck> current;

  private volatile boolean closed;

  /**
   * Creates a writer; its thread starts with the first write.
   *
   * @param context names the thread
   */
  protected BlockingSinkWriter(PluginContext context) {
    this.thread = Executors.newSingleThreadExecutor(context.threads("sink-" + context.lane()));
  }

  /**
   * Writes a batch into the target and returns when it is safe there.
   *
   * @return where it was written, or {@link WriteAck#withoutOffsets()}
   * @throws Exception if it was not written; see <b>Errors</b>
   */
  protected abstract WriteAck put(Route route, ReplicationBatch batch) throws Exception;

  /**
   * Closes the client, after the last write. Does nothing by default.
   *
   * @throws Exception which is ignored, since nothing is left to be written
   */
  protected void closeClient() throws Exception {}

  @Override
  public final void open(Route route) {
    execute(() -> failed.remove(route));
  }

  @Override
  public final CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
    CompletableFuture<WriteAck> stage = new CompletableFuture<>();
    if (!execute(() -> run(route, batch, stage))) {
      stage.completeExceptionally(closed());
    }
    return stage;
  }

  private boolean execute(Runnable work) {
    try {
      thread.execute(work);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void run(Route route, ReplicationBatch batch, CompletableFuture<WriteAck> stage) {
    if (closed) {
      stage.completeExceptionally(closed());
      return;
    }
    ReplicationException failure = failed.get(route);
    if (failure != null) {
      stage.completeExceptionally(
          new RetriableException(
              "an earlier write of " + route + " failed; the route must be opened again", failure));
      return;
    }
    current = stage;
    try {
      stage.complete(put(route, batch));
    } catch (ReplicationException e) {
      fail(route, stage, e);
    } catch (Exception e) {
      restoreInterrupt(e);
      String what = "writing " + batch + " to " + route.target() + ": " + e;
      fail(route, stage, new RetriableException(what, e));
    }
  }

  private void fail(Route route, CompletableFuture<WriteAck> stage, ReplicationException failure) {
    failed.put(route, failure);
    stage.completeExceptionally(failure);
  }

  private static RetriableException closed() {
    return new RetriableException("the writer is closed");
  }

  private static void restoreInterrupt(Exception e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public final void close() {
    closed = true;
    execute(this::closeQuietly);
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        giveUp();
      }
    } catch (InterruptedException e) {
      giveUp();
      Thread.currentThread().interrupt();
    }
  }

  private void giveUp() {
    List<Runnable> waiting = thread.shutdownNow();
    CompletableFuture<WriteAck> stuck = current;
    if (stuck != null) {
      stuck.completeExceptionally(new RetriableException("the writer was closed meanwhile"));
    }
    waiting.forEach(Runnable::run); // each fails its write, since the writer is closed
  }

  private void closeQuietly() {
    try {
      closeClient();
    } catch (Exception e) {
      restoreInterrupt(e);
    }
  }
}
