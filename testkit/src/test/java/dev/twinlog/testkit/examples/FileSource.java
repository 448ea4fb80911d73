package dev.twinlog.testkit.examples;

import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the lines of the files of a directory, while other programs append to them. The file {@code
 * 3.txt} is partition 3 of the topic, and the offset of a line is its number, from 0. A line counts
 * once its line feed is written. Files may be added; written lines must not change.
 */
final class FileSource implements Source {
  private static final String SUFFIX = ".txt";

  private final String topic;
  private final Path directory;
  private final LineFormat format;

  FileSource(String topic, Path directory, LineFormat format) {
    this.topic = topic;
    this.directory = directory;
    this.format = format;
  }

  private Path file(TopicPartition partition) {
    return directory.resolve(partition.partition() + SUFFIX);
  }

  @Override
  public List<SourcePartition> partitions() {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("\\d{1,5}" + SUFFIX))
          .map(name -> Integer.parseInt(name.substring(0, name.length() - SUFFIX.length())))
          .map(number -> new TopicPartition(topic, number))
          .map(partition -> new SourcePartition(partition, Optional.empty()))
          .toList();
    } catch (IOException e) {
      throw new RetriableException("listing " + directory + ": " + e, e);
    }
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    starts.forEach(
        (partition, start) -> {
          try {
            offsets.put(partition, resolve(file(partition), start));
          } catch (NoSuchFileException e) {
            // left out: the partition is gone
          } catch (IOException e) {
            throw new RetriableException("reading " + file(partition) + ": " + e, e);
          }
        });
    return offsets;
  }

  private long resolve(Path path, StartPosition start) throws IOException {
    try (LineFile file = new LineFile(path)) {
      if (start instanceof StartPosition.Earliest) {
        return 0;
      }
      if (start instanceof StartPosition.Offset exact) {
        return exact.offset();
      }
      if (start instanceof StartPosition.Timestamp time) {
        return firstSince(time.at().toEpochMilli(), file);
      }
      return file.end(); // the latest
    }
  }

  private long firstSince(long millis, LineFile file) throws IOException {
    for (List<byte[]> lines = file.read(); !lines.isEmpty(); lines = file.read()) {
      long offset = file.next() - lines.size();
      for (byte[] line : lines) {
        ReplicationRecord record = format.record(offset, line);
        if (record.timestamp() >= millis) {
          return offset;
        }
        offset++;
      }
    }
    return file.next();
  }

  @Override
  public SourceReader openReader(PluginContext context) {
    return new FileReader(this::file, format);
  }
}
