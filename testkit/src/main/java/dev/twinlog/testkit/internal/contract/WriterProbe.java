package dev.twinlog.testkit.internal.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.fail;

import dev.twinlog.spi.BufferingSinkWriter;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.FlushReason;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Drives a sink writer as the engine does, whether or not it has an I/O loop of its own. */
public final class WriterProbe implements AutoCloseable {
  private static final long SLICE_MILLIS = 20;

  private final SinkWriter writer;
  private final Duration patience;

  public WriterProbe(Sink sink, Duration patience) {
    this(sink, patience, false);
  }

  private WriterProbe(Sink sink, Duration patience, boolean exactlyOnce) {
    this.writer = sink.openWriter(new KitContext("contract", 0, exactlyOnce));
    this.patience = patience;
  }

  /** A writer that is recovered before each opening of a route. */
  public static WriterProbe recovering(RecoverableSink sink, Duration patience) {
    return new WriterProbe(sink, patience, true);
  }

  public SinkWriter writer() {
    return writer;
  }

  /** Flushes the writer if it buffers, as the engine does while it drains. */
  public void flush() {
    if (writer instanceof BufferingSinkWriter buffering) {
      buffering.flush(FlushReason.DRAIN);
    }
  }

  public void open(Route route) {
    writer.open(route);
  }

  public CompletableFuture<WriteAck> write(Route route, List<ReplicationRecord> records) {
    return write(route, ReplicationBatch.of(route.source(), records));
  }

  public CompletableFuture<WriteAck> write(Route route, ReplicationBatch batch) {
    CompletableFuture<WriteAck> stage = writer.write(route, batch).toCompletableFuture();
    assertNotNull(stage, "the stage of a write");
    return stage;
  }

  /** Writes, flushes and waits; fails the test if the write fails. */
  public WriteAck put(Route route, List<ReplicationRecord> records) {
    return awaitAck(write(route, records));
  }

  public WriteAck awaitAck(CompletableFuture<WriteAck> stage) {
    Throwable error = awaitEnd(stage);
    if (error != null) {
      return fail("the write should have succeeded", error);
    }
    return stage.join();
  }

  /** Fails the test if the write succeeds. */
  public Throwable awaitFailure(CompletableFuture<WriteAck> stage) {
    Throwable error = awaitEnd(stage);
    if (error == null) {
      return fail("the write should have failed, but: " + stage.join());
    }
    return error;
  }

  /**
   * Waits until a write completes.
   *
   * @return why it failed, or null
   */
  public @Nullable Throwable awaitEnd(CompletableFuture<WriteAck> stage) {
    flush();
    long deadline = System.nanoTime() + patience.toNanos();
    while (!stage.isDone() && System.nanoTime() - deadline < 0) {
      turn(stage);
    }
    return errorOf(stage, "a write did not complete within " + patience);
  }

  /** The error of a stage that must be complete by now, or null. */
  public static @Nullable Throwable errorOf(CompletableFuture<WriteAck> stage, String otherwise) {
    if (!stage.isDone()) {
      return fail(otherwise);
    }
    try {
      stage.join();
      return null;
    } catch (CompletionException e) {
      return e.getCause() == null ? e : e.getCause();
    }
  }

  /** Polls a driven writer once, or waits a moment for the stage to complete. */
  public void turn(CompletableFuture<WriteAck> stage) {
    if (writer instanceof DrivenSinkWriter driven) {
      driven.poll(Duration.ofMillis(SLICE_MILLIS));
      return;
    }
    try {
      stage.get(SLICE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // the caller reads the error from the stage
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail("interrupted");
    }
  }

  /**
   * Checks that the acknowledgement, if it has offsets, gives those of these records in the target.
   */
  public static void assertRuns(
      WriteAck ack, List<ReplicationRecord> written, List<ReplicationRecord> landed) {
    if (!ack.runs().isEmpty()) {
      assertEquals(pairs(written, landed), pairs(ack.runs()), "runs of the acknowledgement");
    }
  }

  public static List<String> pairs(List<OffsetRun> runs) {
    List<String> pairs = new ArrayList<>();
    for (OffsetRun run : runs) {
      for (long i = 0; i < run.count(); i++) {
        pairs.add((run.sourceFirst() + i) + " is " + (run.targetFirst() + i));
      }
    }
    return pairs;
  }

  public static List<String> pairs(
      List<ReplicationRecord> written, List<ReplicationRecord> landed) {
    assertEquals(SampleRecords.contents(written), SampleRecords.contents(landed));
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < written.size(); i++) {
      pairs.add(written.get(i).offset() + " is " + landed.get(i).offset());
    }
    return pairs;
  }

  @Override
  public void close() {
    writer.close();
  }
}
