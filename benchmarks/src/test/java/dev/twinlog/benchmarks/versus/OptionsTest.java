package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OptionsTest {
  @Test
  void nothing_meansEverythingInThreeRounds() {
    Options options = Options.parse();

    assertThat(options.rounds()).isEqualTo(3);
    assertThat(options.workloads()).hasSameSizeAs(Workloads.all());
    assertThat(options.contenders())
        .extracting(Contender::name)
        .containsExactly(
            "relay", "batches", "batches-plain-jvm", "records", "loop", "mm2-tuned", "mm2-default");
  }

  @Test
  void quick_isOneRoundOfSmallerTopics() {
    Options options = Options.parse("--quick", "--workloads", "zstd-8,latency");

    assertThat(options.rounds()).isEqualTo(1);
    assertThat(options.limit()).isEqualTo(Duration.ofMinutes(2));
    assertThat(options.workloads()).extracting(Workload::name).containsExactly("zstd-8", "latency");
    assertThat(options.workloads().get(0).records()).isLessThan(1_000_000);
  }

  @Test
  void baseline_runsBesideTheOthers(@TempDir Path directory) throws IOException {
    Path jar = Files.createFile(directory.resolve("benchmarks.jar"));

    assertThat(Options.parse("--contenders", "batches", "--baseline", jar.toString()).contenders())
        .extracting(Contender::name)
        .containsExactly("batches", "batches-baseline");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Options.parse("--baseline", jar + ".missing"))
        .withMessage("--baseline was " + jar + ".missing, which can't be read");
  }

  @Test
  void whatIsAskedFor_winsWhereverItStands() {
    Options options =
        Options.parse("--runs", "5", "--limit", "7", "--contenders", "loop,relay", "--quick");

    assertThat(options.rounds()).isEqualTo(5);
    assertThat(options.limit()).isEqualTo(Duration.ofSeconds(7));
    assertThat(options.contenders()).extracting(Contender::name).containsExactly("relay", "loop");
  }

  @Test
  void badInput_isNamed() {
    refused("--fast", "unknown option --fast");
    refused("--runs", "--runs needs a value");
    refused("--runs 0", "--runs was 0 but must be a positive number");
    refused("--workloads lz4-1,lz5", "--workloads knows no lz5, only none-1");
    refused("--contenders cat", "--contenders knows no cat, only relay");
  }

  private static void refused(String commandLine, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Options.parse(commandLine.split(" ")))
        .withMessageContaining(message);
  }
}
