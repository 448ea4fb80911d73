package dev.twinlog.testkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SourceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the behavior of the file reader that the contract tests don't cover. */
final class FileReaderTest {
  private static final TopicPartition PARTITION = new TopicPartition("lines", 0);

  @TempDir private Path directory;

  private final List<String> received = new ArrayList<>();
  private final SourceReader.Receiver receiver = new Received();
  private Path file;
  private FileReader reader;

  @BeforeEach
  void openReader() throws IOException {
    file = Files.createFile(directory.resolve("0.txt"));
    reader = new FileReader(partition -> file, LineFormat.value());
  }

  @AfterEach
  void closeReader() {
    reader.close();
  }

  private void write(String text, StandardOpenOption option) throws IOException {
    Files.writeString(file, text, StandardOpenOption.WRITE, option);
  }

  private List<String> poll() {
    received.clear();
    reader.poll(Duration.ZERO, receiver);
    return List.copyOf(received);
  }

  @Test
  void aLine_countsOnceItsLineFeedIsWritten() throws IOException {
    write("one\ntw", StandardOpenOption.APPEND);
    reader.assign(Map.of(PARTITION, 0L));
    assertThat(poll()).containsExactly("0 one", "position 1 of 1");
    assertThat(poll()).isEmpty();
    write("o\n\n", StandardOpenOption.APPEND);
    assertThat(poll()).containsExactly("1 two", "2 ", "position 3 of 3");
  }

  @Test
  void aLineThatIsLongerThanAChunk_isRead_andTheEndIsKnownBefore() throws IOException {
    String longLine = "x".repeat(200_000);
    write("a\n" + longLine + "\nb\n", StandardOpenOption.APPEND);
    reader.assign(Map.of(PARTITION, 0L));
    assertThat(poll()).containsExactly("0 a", "position 1 of 3");
    assertThat(poll()).containsExactly("1 " + longLine, "2 b", "position 3 of 3");
  }

  @Test
  void aFileThatGotShorter_isATruncation_untilItIsAssignedAgain() throws IOException {
    write("one\ntwo\nthree\n", StandardOpenOption.APPEND);
    reader.assign(Map.of(PARTITION, 0L));
    assertThat(poll()).hasSize(4);
    write("one\n", StandardOpenOption.TRUNCATE_EXISTING);
    assertThat(poll()).containsExactly("gap from 3 to 1, TRUNCATION");
    write("2\n", StandardOpenOption.APPEND);
    assertThat(poll()).isEmpty();
    reader.assign(Map.of(PARTITION, 1L));
    assertThat(poll()).containsExactly("1 2", "position 2 of 2");
  }

  @Test
  void anOffsetBeyondTheEnd_isATruncation() throws IOException {
    write("one\n", StandardOpenOption.APPEND);
    reader.assign(Map.of(PARTITION, 7L));
    assertThat(poll()).containsExactly("gap from 7 to 1, TRUNCATION");
  }

  @Test
  void aFileThatIsMissing_isAFailureOfItsPartition() throws IOException {
    Files.delete(file);
    reader.assign(Map.of(PARTITION, 0L));
    assertThat(poll()).containsExactly("failed");
    assertThat(poll()).isEmpty();
  }

  private final class Received implements SourceReader.Receiver {
    @Override
    public void batch(ReplicationBatch batch) {
      batch
          .records()
          .forEach(
              record -> received.add(record.offset() + " " + new String(record.value(), UTF_8)));
    }

    @Override
    public void position(TopicPartition partition, long next, long end) {
      received.add("position " + next + " of " + end);
    }

    @Override
    public void gap(TopicPartition partition, long from, long to, GapCause cause) {
      received.add("gap from " + from + " to " + to + ", " + cause);
    }

    @Override
    public void failed(TopicPartition partition, ReplicationException cause) {
      received.add("failed");
    }
  }
}
