package dev.twinlog.testkit.custom;

import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Reads lines that somebody appends to it; the offset of a line is its number. A reader waits for
 * the next line in its poll and nowhere else.
 */
final class LineSource implements Source {
  private static final int MOST_LINES = 20;

  private final Object lock = new Object();
  private final Map<TopicPartition, List<String>> files = new HashMap<>();

  LineSource(String topic, int partitions) {
    for (int partition = 0; partition < partitions; partition++) {
      files.put(new TopicPartition(topic, partition), new ArrayList<>());
    }
  }

  void append(TopicPartition file, List<String> lines) {
    synchronized (lock) {
      files.get(file).addAll(lines);
      lock.notifyAll();
    }
  }

  List<String> lines(TopicPartition file) {
    synchronized (lock) {
      return List.copyOf(files.get(file));
    }
  }

  @Override
  public List<SourcePartition> partitions() {
    return files.keySet().stream()
        .map(file -> new SourcePartition(file, Optional.empty()))
        .toList();
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    starts.forEach(
        (file, start) -> {
          if (start instanceof StartPosition.Earliest) {
            offsets.put(file, 0L);
          } else if (start instanceof StartPosition.Offset exact) {
            offsets.put(file, exact.offset());
          } else {
            offsets.put(file, (long) lines(file).size());
          }
        });
    return offsets;
  }

  @Override
  public SourceReader openReader(PluginContext context) {
    return new Reader();
  }

  private final class Reader implements SourceReader {
    private final Map<TopicPartition, Long> next = new HashMap<>();
    private final Map<TopicPartition, Long> toldEnds = new HashMap<>();
    private final Set<TopicPartition> paused = new HashSet<>();

    /** Guarded by the lock. */
    private boolean woken;

    @Override
    public void assign(Map<TopicPartition, Long> positions) {
      next.putAll(positions);
      toldEnds.keySet().removeAll(positions.keySet());
    }

    @Override
    public void release(Set<TopicPartition> partitions) {
      next.keySet().removeAll(partitions);
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
      Map<TopicPartition, List<String>> found = new HashMap<>();
      Map<TopicPartition, Long> ends = new HashMap<>();
      synchronized (lock) {
        while (!look(found, ends) && !woken) {
          long millis = (deadline - System.nanoTime() + 999_999) / 1_000_000;
          if (millis <= 0) {
            break;
          }
          try {
            lock.wait(millis);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
          }
        }
        woken = false;
      }
      found.forEach((file, lines) -> out.batch(batch(file, lines)));
      ends.forEach((file, end) -> out.position(file, next.get(file), end));
      toldEnds.putAll(ends);
    }

    /** Looks for lines to deliver and for ends to tell; under the lock. */
    private boolean look(Map<TopicPartition, List<String>> found, Map<TopicPartition, Long> ends) {
      next.forEach(
          (file, offset) -> {
            List<String> lines = files.get(file);
            int from = Math.toIntExact(offset);
            if (from < lines.size() && !paused.contains(file)) {
              int to = Math.min(lines.size(), from + MOST_LINES);
              found.put(file, List.copyOf(lines.subList(from, to)));
              ends.put(file, (long) lines.size());
            } else if (toldEnds.getOrDefault(file, -1L) != lines.size()) {
              ends.put(file, (long) lines.size());
            }
          });
      return !ends.isEmpty();
    }

    private ReplicationBatch batch(TopicPartition file, List<String> lines) {
      List<ReplicationRecord> records = new ArrayList<>(lines.size());
      long offset = next.get(file);
      for (String line : lines) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        records.add(ReplicationRecord.of(offset, offset, bytes, bytes, new RecordHeaders()));
        offset++;
      }
      next.put(file, offset);
      return ReplicationBatch.of(file, records);
    }

    @Override
    public void wakeup() {
      synchronized (lock) {
        woken = true;
        lock.notifyAll();
      }
    }

    @Override
    public void close() {}
  }
}
