package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.GroupState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.internal.engine.move.StoredMove.Ending;
import dev.twinlog.internal.engine.move.StoredMove.Facts;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests what the report of a move says, and how it is printed. */
final class StoredReportTest {
  private static final MoveHeader DONE =
      new MoveHeader(new UUID(1, 2), "failover", "anna", 1_000, 3_500);
  private final Map<TopicPartition, Seam> seams = new HashMap<>();
  private final Map<String, MovedGroup> groups = new HashMap<>();

  private static TopicPartition partition(int number) {
    return new TopicPartition("orders", number);
  }

  private static Seam seam(boolean fenced, String problem, long cut, long end) {
    return new Seam(
        fenced, problem, cut, Map.of(partition(0), cut), Map.of(), new Contact(end, 900, 800));
  }

  private StoredReport done() {
    return new StoredReport(new Facts("x", DONE, seams, groups, false, 9_000), Ending.DONE);
  }

  @Test
  void whereNothingIsMissing_itIsDone_withNothingLeftToDo() {
    seams.put(partition(0), seam(true, "", 100, 100));
    groups.put("g", new MovedGroup("SYNCED", "", List.of()));
    StoredReport report = done();
    assertThat(report.outcome()).isEqualTo(Outcome.DONE);
    assertThat(report.todo()).isEmpty();
    assertThat(report.lostAtMost()).hasValue(0);
    assertThat(report.took()).isEqualTo(Duration.ofMillis(2_500));
    assertThat(report.toString())
        .contains("failover of link x: DONE", "anna", "1 partitions, 1 fenced", "0 records")
        .doesNotContain("left to do");
  }

  @Test
  void whatIsMissing_isCounted_andAnUnknownEndIsNotTakenForNothing() {
    seams.put(partition(0), seam(true, "", 100, 130));
    seams.put(partition(1), seam(true, "", 100, 100));
    assertThat(done().outcome()).isEqualTo(Outcome.DONE_WITH_LOSS);
    assertThat(done().lostAtMost()).hasValue(30);
    assertThat(done().todo()).isEmpty();
    seams.put(partition(2), seam(true, "", 100, Seam.UNKNOWN));
    assertThat(done().lostAtMost()).isEmpty();
    assertThat(done().outcome()).isEqualTo(Outcome.DONE_WITH_LOSS);
    assertThat(done().todo()).singleElement().asString().contains("1 partitions", "not known");
    assertThat(done().toString()).contains("lost at most unknown");
  }

  @Test
  void partitionsAndGroupsThatNeedALook_areNamedWithTheirReasons() {
    seams.put(partition(7), seam(false, "the topic is gone", 100, 100));
    groups.put("a", new MovedGroup("ACTIVE", "it has 2 members", List.of()));
    groups.put("b", new MovedGroup("AHEAD", "it has read more than is copied", List.of()));
    groups.put("c", new MovedGroup("OF_A_NEWER_VERSION", "", List.of()));
    StoredReport report = done();
    assertThat(report.outcome()).isEqualTo(Outcome.DONE_WITH_LOSS);
    assertThat(report.todo())
        .hasSize(3)
        .anyMatch(line -> line.contains("orders-7 (the topic is gone)") && line.contains("link x"))
        .anyMatch(line -> line.contains("1 groups that are ACTIVE: a (it has 2 members)"));
    assertThat(report.groups().get("c").state()).isEqualTo(GroupState.UNAVAILABLE);
  }

  @Test
  void aMoveThatIsNotDone_saysWhatToDoFirst() {
    MoveHeader begun =
        new MoveHeader(new UUID(1, 2), "failover", "anna", 1_000, MoveHeader.NOT_YET);
    StoredReport report =
        new StoredReport(
            new Facts("x", begun, seams, groups, false, 9_000), Ending.incomplete("call it again"));
    assertThat(report.outcome()).isEqualTo(Outcome.INCOMPLETE);
    assertThat(report.todo()).containsExactly("call it again");
    assertThat(report.took()).isEqualTo(Duration.ofSeconds(8));
  }

  @Test
  void aLargeReport_isPrintedInAtMostSixtyLines_withWhatNeedsALookFirst() {
    for (int i = 0; i < 1_000; i++) {
      seams.put(partition(i), seam(i != 900, i == 900 ? "no answer" : "", 100, 100 + i % 7));
      groups.put("g" + i, new MovedGroup(i == 500 ? "LOCAL" : "SYNCED", "", List.of()));
    }
    List<String> lines = done().toString().lines().toList();
    assertThat(lines).hasSizeLessThanOrEqualTo(60);
    assertThat(
            lines.get(
                lines.indexOf(
                        lines.stream()
                            .filter(each -> each.contains("source partition"))
                            .findFirst()
                            .orElseThrow())
                    + 1))
        .contains("orders-900");
    assertThat(lines).anyMatch(line -> line.contains("and 984 more"));
    assertThat(lines).anyMatch(line -> line.contains("g500") && line.contains("LOCAL"));
  }
}
