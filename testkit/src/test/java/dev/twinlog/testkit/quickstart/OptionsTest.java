package dev.twinlog.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.twinlog.testkit.quickstart.Options.BadArguments;
import dev.twinlog.testkit.quickstart.Options.Servers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the command line of the quick start. */
final class OptionsTest {
  @Test
  void parse_nothing_givesTheDefaults() throws Exception {
    Options options = parse();

    assertThat(options.servers()).isEmpty();
    assertThat(options.records()).isEqualTo(Options.DEFAULT_RECORDS);
    assertThat(options.seconds()).isEqualTo(Options.DEFAULT_SECONDS);
    assertThat(options.keep()).isFalse();
    assertThat(options.help()).isFalse();
  }

  @Test
  void parse_everything_inBothSpellings() throws Exception {
    Options options =
        parse("--source", "a:1,b:2", "--target=c:3", "--records", "7", "--seconds=9", "--keep");

    assertThat(options.servers()).contains(new Servers("a:1,b:2", "c:3"));
    assertThat(options.records()).isEqualTo(7);
    assertThat(options.seconds()).isEqualTo(9);
    assertThat(options.keep()).isTrue();
  }

  @Test
  void parse_manyMistakes_tellsAllOfThem() {
    assertThat(problems("--records", "0", "--seconds=soon", "--fast", "--source", "nowhere"))
        .hasSize(4)
        .contains(
            "--records was \"0\" but must be a number from 1 to 5000000",
            "--seconds was \"soon\" but must be a number from 2 to 600",
            "unknown argument --fast")
        .anyMatch(problem -> problem.startsWith("--source: "));
  }

  @Test
  void parse_oneClusterOnly_isAMistake() {
    assertThat(problems("--target", "a:1"))
        .containsExactly("--source and --target go together: give both or none");
  }

  @Test
  void parse_missingValue_isAMistake() {
    assertThat(problems("--records")).containsExactly("--records needs a value");
  }

  @Test
  void parse_help_winsOverMistakes() throws Exception {
    assertThat(parse("--nonsense", "--help").help()).isTrue();
  }

  @Test
  void usage_fitsATerminal() {
    assertThat(Options.USAGE.lines()).allMatch(line -> line.length() <= View.WIDTH);
  }

  private static Options parse(String... arguments) throws BadArguments {
    return Options.parse(List.of(arguments));
  }

  private static List<String> problems(String... arguments) {
    return catchThrowableOfType(BadArguments.class, () -> parse(arguments)).problems();
  }
}
