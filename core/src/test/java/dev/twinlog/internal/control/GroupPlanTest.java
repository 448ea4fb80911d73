package dev.twinlog.internal.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.GroupState;
import dev.twinlog.LocalCommits;
import dev.twinlog.internal.control.GroupPlan.Write;
import dev.twinlog.internal.control.GroupTargets.Target;
import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.progress.GroupLedger.Commit;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.GroupDetails;
import dev.twinlog.spi.GroupStore.GroupOffsets;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.GroupStore.Refusal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests what is written of a group, by what the target has. */
final class GroupPlanTest {
  private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
  private static final TopicPartition OTHER = new TopicPartition("orders", 1);

  private final Map<TopicPartition, Commit> written = new HashMap<>();
  private final Map<TopicPartition, GroupPosition> found = new HashMap<>();
  private LocalCommits localCommits = LocalCommits.KEEP;
  private int members;

  private GroupPlan plan(long... wanted) {
    return plan(false, wanted);
  }

  private GroupPlan plan(boolean refresh, long... wanted) {
    Map<TopicPartition, Target> targets = new HashMap<>();
    for (int i = 0; i < wanted.length; i++) {
      TopicPartition partition = new TopicPartition("orders", i);
      targets.put(partition, new Target(wanted[i], "m", false, true, List.of(partition)));
    }
    return GroupPlan.of(
        "g",
        new GroupTargets(targets, Map.of()),
        new GroupLedger(Map.of(), written),
        new GroupDetails(!found.isEmpty(), members, Optional.empty()),
        GroupOffsets.of(found),
        new GroupPlan.Rules(localCommits, refresh));
  }

  private void has(long offset) {
    found.put(PARTITION, new GroupPosition(offset, "m"));
  }

  private void wrote(long offset) {
    written.put(PARTITION, Commit.written(offset, "m"));
  }

  private static void assertWrites(GroupPlan plan, @Nullable Long before, long offset) {
    assertThat(plan.writes())
        .isEqualTo(Map.of(PARTITION, new Write(before, new GroupPosition(offset, "m"))));
    assertThat(plan.state()).isEqualTo(GroupState.SYNCED);
    assertThat(plan.reason()).isEmpty();
  }

  private static void assertKept(GroupPlan plan) {
    assertThat(plan.writes()).isEmpty();
    assertThat(plan.learned()).isEqualTo(Map.of(PARTITION, Commit.FOREIGN));
    assertThat(plan.state()).isEqualTo(GroupState.LOCAL);
    assertThat(plan.reason()).startsWith("orders-0: the target has ");
  }

  @Test
  void whereTheTargetHasNothing_itIsWritten() {
    assertWrites(plan(5), null, 5);
    wrote(9);
    assertWrites(plan(5), null, 5); // it has expired
    written.put(PARTITION, Commit.FOREIGN);
    assertWrites(plan(5), null, 5);
  }

  @Test
  void whatTheLinkHasWritten_followsTheSource_alsoBackwards() {
    wrote(50);
    has(50);
    assertWrites(plan(90), 50L, 90);
    assertWrites(plan(10), 50L, 10);
  }

  @Test
  void whatTheLinkWasWriting_isItsOwn_whetherItWasWrittenOrNot() {
    written.put(PARTITION, Commit.intent(50L, 60, "m"));
    has(50);
    assertWrites(plan(40), 50L, 40);
    has(60);
    assertWrites(plan(40), 60L, 40);
    has(55);
    assertKept(plan(70));
  }

  @Test
  void unknownPositions_areOnlyMovedForward() {
    has(50);
    assertWrites(plan(51), 50L, 51);
    assertKept(plan(49));
  }

  @Test
  void anEqualPosition_isNotWritten_andIsTheLinksFromThenOn() {
    has(50);
    GroupPlan plan = plan(50);
    assertThat(plan.writes()).isEmpty();
    assertThat(plan.learned()).isEqualTo(Map.of(PARTITION, Commit.written(50, "m")));
    assertThat(plan.state()).isEqualTo(GroupState.SYNCED);
  }

  @Test
  void whatOthersHaveWritten_isKept_evenIfItWouldMoveForward() {
    wrote(50);
    has(70);
    assertKept(plan(60));
    assertKept(plan(80));
    written.put(PARTITION, Commit.FOREIGN);
    assertKept(plan(80));
  }

  @Test
  void whatOthersHaveWritten_isOverwritten_ifThatIsWanted() {
    localCommits = LocalCommits.OVERWRITE;
    wrote(50);
    has(70);
    assertWrites(plan(60), 70L, 60);
    members = 1;
    assertThat(plan(60).writes()).isEmpty();
  }

  @Test
  void ofAGroupWithMembers_nothingIsWritten_andWhatTheyHaveIsTheirs() {
    members = 2;
    has(10);
    GroupPlan plan = plan(60);
    assertThat(plan.writes()).isEmpty();
    assertThat(plan.state()).isEqualTo(GroupState.ACTIVE);
    assertThat(plan.reason()).isEqualTo("it has 2 members in the target");
    assertThat(plan.learned()).isEqualTo(Map.of(PARTITION, Commit.FOREIGN));
    wrote(10);
    assertThat(plan(60).learned()).as("they have not committed anything").isEmpty();
  }

  @Test
  void onePartitionThatIsKept_doesNotHoldUpTheOthers() {
    has(50);
    GroupPlan plan = plan(40, 7);
    assertThat(plan.writes()).containsOnlyKeys(OTHER);
    assertThat(plan.held()).containsOnlyKeys(PARTITION);
    assertThat(plan.state()).isEqualTo(GroupState.LOCAL);
  }

  @Test
  void metadataThatHasChanged_isWritten() {
    wrote(50);
    found.put(PARTITION, new GroupPosition(50, "old"));
    written.put(PARTITION, Commit.written(50, "old"));
    assertWrites(plan(50), 50L, 50);
  }

  @Test
  void metadataThatWasTooLong_isNotWrittenAgain_andSaid() {
    wrote(50);
    found.put(PARTITION, new GroupPosition(50, ""));
    GroupPlan plan = plan(50);
    assertThat(plan.writes()).isEmpty();
    assertThat(plan.state()).isEqualTo(GroupState.PARTIAL);
    assertThat(plan.reason()).isEqualTo("orders-0: its metadata was too long for the target");
  }

  @Test
  void aPositionThatIsThere_isWrittenAgain_toRefreshIt() {
    wrote(50);
    has(50);
    assertWrites(plan(true, 50), 50L, 50);
    written.put(PARTITION, Commit.FOREIGN);
    assertKept(plan(true, 50));
  }

  @Test
  void failures_becomeTheStateOfTheGroup() {
    GroupPlan plan = plan(5, 6);
    assertThat(after(plan, Refusal.ACTIVE)).isEqualTo(GroupState.ACTIVE);
    assertThat(after(plan, Refusal.OTHER_TYPE)).isEqualTo(GroupState.OTHER_TYPE);
    assertThat(after(plan, Refusal.DENIED)).isEqualTo(GroupState.DENIED);
    assertThat(after(plan, Refusal.NO_PARTITION)).isEqualTo(GroupState.PARTIAL);
    assertThat(after(plan, Refusal.METADATA_TOO_LARGE)).isEqualTo(GroupState.PARTIAL);
    assertThat(after(plan(5), Refusal.UNAVAILABLE)).isEqualTo(GroupState.UNAVAILABLE);
    assertThat(plan.after(Map.of())).isSameAs(plan);
  }

  private static GroupState after(GroupPlan plan, Refusal refusal) {
    return plan.after(Map.of(PARTITION, new Failure(refusal, "why"))).state();
  }

  @Test
  void reasons_areListedUpToThree() {
    Map<TopicPartition, String> reasons = new HashMap<>();
    for (int i = 0; i < 5; i++) {
      reasons.put(new TopicPartition("t", i), "r" + i);
    }
    assertThat(GroupPlan.listed(reasons)).isEqualTo("t-0: r0; t-1: r1; t-2: r2; and 2 more");
  }
}
