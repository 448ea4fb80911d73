package dev.twinlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests how a verification's result is shown, and which options are refused. */
final class VerifyReportTest {
  private static PartitionVerdict.Builder partition(int number) {
    TopicPartition partition = new TopicPartition("orders", number);
    return PartitionVerdict.builder(partition)
        .target(partition)
        .compared(0, 100, 5, 105, 100, 1_000);
  }

  private static VerifyReport report(List<PartitionVerdict> verdicts) {
    return VerifyReport.of("a-b", Instant.EPOCH, Duration.ofSeconds(3), verdicts);
  }

  @Test
  void theTable_showsWhatIsWrongFirst() {
    PartitionVerdict different =
        partition(7)
            .difference(VerifyDifference.of(Kind.MISSING, 17, 22, "the target does not have it"))
            .foreign(2, 30)
            .build();
    PartitionVerdict unknown = partition(3).reason("it was recreated").build();
    VerifyReport report = report(List.of(partition(1).build(), unknown, different));
    assertThat(report.verdict()).isEqualTo(Verdict.DIFFERENT);
    assertThat(report.partitions().keySet())
        .extracting(TopicPartition::partition)
        .containsExactly(1, 3, 7);
    assertThat(report)
        .hasToString(
            """
            verification of link a-b: DIFFERENT; 1 partitions exact, 1 different, 1 inconclusive; 300 records, 3000 bytes, 3 s
              DIFFERENT    orders-7: source [0, 100), target [5, 105), 100 records, 1000 bytes, 30 of others in 2 batches, 1 differ
                MISSING source 17, target 22: the target does not have it
              INCONCLUSIVE orders-3: source [0, 100), target [5, 105), 100 records, 1000 bytes; it was recreated
              EXACT        orders-1: source [0, 100), target [5, 105), 100 records, 1000 bytes""");
  }

  @Test
  void aLongTable_hasSixtyLines_andTheRestIsCounted() {
    List<PartitionVerdict> verdicts = new ArrayList<>();
    IntStream.range(0, 500).forEach(number -> verdicts.add(partition(number).build()));
    for (int number = 500; number < 520; number++) {
      PartitionVerdict.Builder one = partition(number);
      IntStream.range(0, 50)
          .forEach(i -> one.difference(VerifyDifference.of(Kind.CHANGED, i, i, "the value")));
      verdicts.add(one.build());
    }
    VerifyReport report = report(verdicts);
    assertThat(report.differences()).isEqualTo(1_000);
    assertThat(report.partitions().get(new TopicPartition("orders", 500)).examples()).hasSize(10);
    List<String> lines = report.toString().lines().toList();
    assertThat(lines).hasSizeLessThanOrEqualTo(60);
    assertThat(lines.get(lines.size() - 1)).matches("and 50\\d more partitions: .*EXACT.*");
  }

  @Test
  void ofNothing_nothingIsProved() {
    assertThat(report(List.of()).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(report(List.of(partition(0).build())).verdict()).isEqualTo(Verdict.EXACT);
    assertThat(report(List.of(partition(0).build(), partition(1).reason("no").build())).verdict())
        .isEqualTo(Verdict.INCONCLUSIVE);
  }

  @Test
  void optionsThatMakeNoSense_areRefusedByName() {
    VerifyOptions options = VerifyOptions.defaults();
    assertThatThrownBy(() -> options.sample(0))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sample was 0.0");
    assertThatThrownBy(() -> options.from(Duration.ZERO)).hasMessageContaining("from was PT0S");
    assertThatThrownBy(() -> options.maxBytesPerSecond(-1))
        .hasMessageContaining("maxBytesPerSecond was -1");
    assertThatThrownBy(() -> options.maxMemory(1)).hasMessageContaining("maxMemory was 1 ");
    assertThat(options.topics(TopicSelector.named("orders")).sample(0.5).from(Duration.ofHours(1)))
        .hasToString("topics named [orders], a sample of 0.5, the last PT1H");
  }
}
