package dev.twinlog.benchmarks.versus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ParameterException;

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
    refused("was '" + jar + ".missing' but must be a readable", "--baseline", jar + ".missing");
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
  void help_isAnsweredWhateverElseIsAskedFor() {
    assertThat(Options.parse("--list", "-h").help()).isTrue();
    assertThat(Options.parse("--help").help()).isTrue();
  }

  @Test
  void badInput_isAnsweredWithTheOptionAndWhatItTakes(@TempDir Path directory) {
    refused("Unknown option: '--fast'", "--fast");
    refused("Missing required parameter for option '--runs' (N)", "--runs");
    refused("'--runs': was '0' but must be a number from 1", "--runs", "0");
    refused("'--runs': was '1.5' but must be a number from 1", "--runs", "1.5");
    refused("'--limit': was '9999999999' but must be", "--limit", "9999999999");
    refused("'--heap': was 'lots' but must be a size such as 512m", "--heap", "lots");
    refused("was 'lz5' but must be one of none-1, none-8, lz4-1", "--workloads", "lz4-1,lz5");
    refused("was '' but must be one of none-1", "--workloads", "");
    refused("was 'cat' but must be one of relay, batches", "--contenders", "cat");
    refused("was ',' but must be one of relay, batches", "--contenders", ",");
    refused("'--baseline': was", "--baseline", directory.toString());
    refused("'--json': was", "--json", directory.toString());
    refused("in a directory that exists", "--json", directory.resolve("a/b.json").toString());
  }

  private static void refused(String message, String... commandLine) {
    assertThatExceptionOfType(ParameterException.class)
        .isThrownBy(() -> Options.parse(commandLine))
        .withMessageContaining(message);
  }
}
