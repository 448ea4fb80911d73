package dev.twinlog.benchmarks;

import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A sink that acknowledges every batch at once and counts batches. */
final class CountingSink implements Sink {
  private static final CompletionStage<WriteAck> DONE =
      CompletableFuture.completedStage(WriteAck.withoutOffsets());

  private volatile CountDownLatch expected = new CountDownLatch(0);

  /** Begins to count; {@link #await} returns after that many batches. */
  void expect(int batches) {
    expected = new CountDownLatch(batches);
  }

  void await() throws InterruptedException {
    if (!expected.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(expected.getCount() + " batches have not arrived");
    }
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    return new SinkWriter() {
      @Override
      public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
        expected.countDown();
        return DONE;
      }

      @Override
      public void close() {}
    };
  }
}
