package dev.twinlog.testkit.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.GroupSync;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** Tests that a drill runs to its end, and finds what is wrong. */
@CleanAfterEach
@ExpectedLogs({"-> MOVED", "RETRYING", "left to do after its reversal"})
final class FailoverDrillIT {
  @Test
  @Tag("long")
  void betweenEmbeddedRegions_passes_andWritesItsReport(@TempDir Path directory) throws Exception {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    DrillReport report =
        FailoverDrill.embedded()
            .topic("orders", 4)
            .topic("payments", 2)
            .group("billing")
            .group("shipping")
            .records(2_000)
            .settings(link -> link.groupSync(GroupSync.defaults().interval(Duration.ofSeconds(1))))
            .onProgress(told::add)
            .run();
    System.out.println(report.toMarkdown());
    assertThat(report.problems()).isEmpty();
    assertThat(report.passed()).isTrue();
    assertThat(told).contains("failover", "the drill is over");

    report.writeTo(directory);
    assertThat(Files.readString(directory.resolve("failover-drill.md")))
        .contains("**PASSED**", "| failover |");
    Document xml =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(directory.resolve("TEST-failover-drill.xml").toFile());
    assertThat(xml.getElementsByTagName("testcase").getLength()).isEqualTo(report.steps().size());
    assertThat(xml.getElementsByTagName("failure").getLength()).isZero();
  }

  @Test
  @Tag("long")
  void aServiceThatDoesNotProcessWhatItReads_isFound() throws Exception {
    DrillReport report =
        FailoverDrill.embedded()
            .records(500)
            .group(
                "forgetful",
                (group, properties, topics, processed) ->
                    DrillConsumers.polling()
                        .start(
                            group,
                            properties,
                            topics,
                            one -> {
                              if (one.offset() % 100 != 99) {
                                processed.accept(one);
                              }
                            }))
            .limit(Duration.ofSeconds(5))
            .run();
    assertThat(report.passed()).isFalse();
    assertThat(report.problems())
        .anySatisfy(
            problem ->
                assertThat(problem).contains("group forgetful has skipped", "that are in eu-west"));
    assertThat(report.toJUnitXml()).contains("<failure message=");
  }

  @Test
  void badSettings_areRefusedByName() {
    FailoverDrill drill = FailoverDrill.embedded();
    assertThatThrownBy(() -> drill.records(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("records must be at least 1, not 0");
    drill.close();
  }
}
