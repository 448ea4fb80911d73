package dev.twinlog.testkit.examples;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourceReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * The reader of a {@link FileSource}: one batch of each file a poll, and if no file has grown, a
 * wait in {@link #poll} that looks at the files' sizes again and again until one has.
 */
final class FileReader implements SourceReader {
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Function<TopicPartition, Path> files;
  private final LineFormat format;
  private final Map<TopicPartition, Assigned> assigned = new HashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();

  /** Has a permit after a {@link #wakeup} that has not ended a poll yet. */
  private final Semaphore wakeups = new Semaphore(0);

  FileReader(Function<TopicPartition, Path> files, LineFormat format) {
    this.files = files;
    this.format = format;
  }

  /** A partition; the file is opened by the first poll, since an assignment does no I/O. */
  private static final class Assigned {
    final long from;
    LineFile file;
    long reportedEnd = -1;

    Assigned(long from) {
      this.from = from;
    }
  }

  @Override
  public void assign(Map<TopicPartition, Long> positions) {
    positions.keySet().forEach(this::forget);
    positions.forEach((partition, offset) -> assigned.put(partition, new Assigned(offset)));
  }

  @Override
  public void release(Set<TopicPartition> partitions) {
    partitions.forEach(this::forget);
    paused.removeAll(partitions);
  }

  @Override
  public void pause(Set<TopicPartition> partitions) {
    paused.addAll(partitions);
  }

  @Override
  public void resume(Set<TopicPartition> partitions) {
    paused.removeAll(partitions);
  }

  @Override
  public void poll(Duration maxWait, Receiver out) {
    long deadline = System.nanoTime() + maxWait.toNanos();
    boolean delivered;
    do {
      delivered = false;
      for (TopicPartition partition : List.copyOf(assigned.keySet())) {
        delivered |= deliver(partition, out);
      }
    } while (!delivered && !woken(deadline));
  }

  /** Waits a moment; true if the poll must end. */
  private boolean woken(long deadline) {
    long left = Math.min(deadline - System.nanoTime(), LOOK_AGAIN_NANOS);
    try {
      boolean woken = left > 0 && wakeups.tryAcquire(left, TimeUnit.NANOSECONDS);
      if (woken) {
        wakeups.drainPermits(); // several wakeups count as one
      }
      return woken || left <= 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Delivers the new lines of a partition and reports its end; false if nothing has changed. */
  private boolean deliver(TopicPartition partition, Receiver out) {
    Assigned current = assigned.get(partition);
    try {
      if (current.file == null) {
        current.file = new LineFile(files.apply(partition));
        current.file.seek(current.from);
      }
      LineFile file = current.file;
      long due = Math.max(file.next(), current.from);
      long end = file.end();
      if (end < due) {
        forget(partition);
        out.gap(partition, due, end, GapCause.TRUNCATION);
        return true;
      }
      List<byte[]> lines = paused.contains(partition) ? List.of() : file.read();
      if (lines.isEmpty() && end == current.reportedEnd) {
        return false;
      }
      current.reportedEnd = end;
      if (!lines.isEmpty()) {
        out.batch(format.batch(partition, file.next() - lines.size(), lines));
      }
      out.position(partition, file.next(), Math.max(end, file.next()));
      return true;
    } catch (IOException e) {
      forget(partition);
      out.failed(partition, new RetriableException("reading " + partition + ": " + e, e));
      return true;
    }
  }

  private void forget(TopicPartition partition) {
    Assigned former = assigned.remove(partition);
    if (former != null && former.file != null) {
      former.file.close();
    }
  }

  @Override
  public void wakeup() {
    wakeups.release();
  }

  @Override
  public void close() {
    List.copyOf(assigned.keySet()).forEach(this::forget);
  }
}
