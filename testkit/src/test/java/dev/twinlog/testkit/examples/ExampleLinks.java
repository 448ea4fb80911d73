package dev.twinlog.testkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.FileProgressStore;
import dev.twinlog.Replicator;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/** Builds links with the example sources and sinks, and the two files that they read. */
final class ExampleLinks {
  static final Duration LIMIT = Duration.ofSeconds(60);
  static final TopicPartition FIRST = new TopicPartition("lines", 0);
  static final TopicPartition SECOND = new TopicPartition("lines", 1);

  /** The length of a line: a few hundred lines are many batches. */
  private static final String PADDING = " ".repeat(1_000);

  private final Path lines;
  private final Path progress;

  ExampleLinks(Path directory) throws IOException {
    lines = Files.createDirectory(directory.resolve("lines"));
    progress = Files.createDirectory(directory.resolve("progress"));
    append(FIRST, 0, 0);
    append(SECOND, 0, 0);
  }

  Source source() {
    return new FileSource("lines", lines, LineFormat.value());
  }

  void append(TopicPartition partition, int from, int to) throws IOException {
    Files.write(
        file(partition),
        IntStream.range(from, to).mapToObj(i -> "line " + i + PADDING).toList(),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  List<String> lines(TopicPartition partition) throws IOException {
    return Files.readAllLines(file(partition));
  }

  private Path file(TopicPartition partition) {
    return lines.resolve(partition.partition() + ".txt");
  }

  Replicator.Builder link(Source source, Sink sink) {
    return Replicator.builder()
        .link("examples")
        .source(source)
        .sink(sink)
        .progressStore(FileProgressStore.at(progress));
  }

  /** Runs a link until it has caught up, and closes it. */
  static void copy(Replicator.Builder builder) throws InterruptedException {
    try (Replicator replicator = builder.build()) {
      replicator.start();
      assertThat(replicator.awaitCaughtUp(LIMIT)).as("%s", replicator.status()).isTrue();
    }
  }

  static List<String> values(List<ReplicationRecord> records) {
    return records.stream().map(record -> new String(record.value(), UTF_8)).toList();
  }
}
