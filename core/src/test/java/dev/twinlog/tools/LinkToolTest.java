package dev.twinlog.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the command line of the tool, without a cluster. */
final class LinkToolTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  private int run(String... arguments) {
    out.reset();
    errors.reset();
    return LinkTool.run(
        Arrays.asList(arguments),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(errors, true, StandardCharsets.UTF_8));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String errors() {
    return errors.toString(StandardCharsets.UTF_8);
  }

  @Test
  void help_namesEveryCommand_andTheExitStatus() {
    for (String[] asked : new String[][] {{"--help"}, {"help"}, {"failover", "--help"}}) {
      assertThat(run(asked)).isZero();
      assertThat(out())
          .contains(
              "links",
              "status",
              "plan",
              "failover",
              "switchover",
              "reopen",
              "divergence",
              "reverse",
              "verify",
              "offsets",
              "Exit status");
      assertThat(errors()).isEmpty();
    }
  }

  @Test
  void anUnknownCommand_isRefused_withThoseThatExist() {
    assertThat(run("fail-over")).isEqualTo(LinkTool.REFUSED);
    assertThat(errors())
        .contains("'fail-over' is no command: links, status, plan, failover", "--help");
    assertThat(run()).isEqualTo(LinkTool.REFUSED);
  }

  @Test
  void everyProblemOfTheArguments_isNamedAtOnce() {
    assertThat(run("failover", "--link", "x", "--link", "y", "--dry", "--target-servers", "--json"))
        .isEqualTo(LinkTool.REFUSED);
    assertThat(errors())
        .contains("--link was given twice", "--dry is not an option", "--target-servers needs");
  }

  @Test
  void aSwitchover_needsTheDescriptionOfTheLink(@TempDir Path folder) throws IOException {
    assertThat(run("switchover", "--link", "x")).isEqualTo(LinkTool.REFUSED);
    assertThat(errors()).contains("--link is not an option");
    assertThat(run("switchover", "--dry-run")).isEqualTo(LinkTool.REFUSED);
    assertThat(errors()).contains("--config");
    Path file = folder.resolve("link.properties");
    Files.writeString(file, "replicator.topics=orders\n");
    assertThat(run("switchover", "--config", file.toString())).isEqualTo(LinkTool.REFUSED);
    assertThat(errors()).contains("replicator.bootstrap.servers");
  }

  @Test
  void aDescriptionOfTheLink_saysItsNameAndClusters() {
    assertThat(run("plan")).isEqualTo(LinkTool.REFUSED);
    assertThat(errors()).contains("--config is missing");
    assertThat(run("reverse", "--config", "x", "--link", "x", "--source-servers", "a:1"))
        .isEqualTo(LinkTool.REFUSED);
    assertThat(errors())
        .contains("--link must not be given beside --config", "--source-servers must not be given");
  }

  @Test
  void aClusterIsNamedOnce() {
    for (String[] wrong :
        new String[][] {
          {"failover", "--link", "x"},
          {"failover", "--link", "x", "--target", "a", "--target-servers", "b:1"}
        }) {
      assertThat(run(wrong)).isEqualTo(LinkTool.REFUSED);
      assertThat(errors()).contains("either --target with a file").contains("--target-servers");
    }
  }

  @Test
  void aFileThatCannotBeRead_orHasNoAddress_isNamed(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("none.properties");
    assertThat(run("reopen", "--link", "x", "--target", missing.toString()))
        .isEqualTo(LinkTool.REFUSED);
    assertThat(errors()).contains(missing.toString(), "can't be read");
    Path empty = Files.writeString(folder.resolve("empty.properties"), "sasl.mechanism=PLAIN\n");
    assertThat(run("reopen", "--link", "x", "--target", empty.toString()))
        .isEqualTo(LinkTool.REFUSED);
    assertThat(errors()).contains(empty.toString(), "bootstrap.servers");
  }

  @Test
  void numbers_areChecked() {
    assertThat(run("offsets", "--link", "x", "--topic", "t", "--partition", "one", "--offset", "1"))
        .isEqualTo(LinkTool.REFUSED);
    assertThat(errors()).contains("--partition was 'one'");
    assertThat(run("verify", "--link", "x", "--sample", "7")).isEqualTo(LinkTool.REFUSED);
    assertThat(errors()).contains("--sample was '7'");
  }

  @Test
  void json_isWrittenByItsRules() {
    Map<String, @Nullable Object> value = new LinkedHashMap<>();
    value.put("a \"b\"\n", List.of(1, true, "\\"));
    value.put("none", null);
    value.put("é\uD83D\uDE00", 1.5);
    assertThat(Json.of(value))
        .isEqualTo(
            "{\"a \\\"b\\\"\\u000a\":[1,true,\"\\\\\"],\"none\":null,\"é\\ud83d\\ude00\":1.5}");
  }
}
