package dev.twinlog.internal.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LocalCommits;
import dev.twinlog.internal.control.GroupPlan;
import dev.twinlog.internal.control.GroupTargets;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.sync.GroupCycle.Copying;
import dev.twinlog.internal.engine.sync.GroupCycle.Outcome;
import dev.twinlog.internal.status.GroupSnapshot.Position;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.GroupStore.Refusal;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Tests cycles between two clusters of groups in memory. In the target every offset is greater by
 * {@link #SHIFT}.
 */
final class GroupCycleTest {
  private static final TopicPartition FIRST = new TopicPartition("orders", 0);
  private static final TopicPartition SECOND = new TopicPartition("orders", 1);
  private static final long SHIFT = 1_000;

  private final InMemoryGroups source = new InMemoryGroups();
  private final InMemoryGroups target = new InMemoryGroups();
  private final StoredGroups stored = new StoredGroups();
  private final Time time = new Time();
  private GroupSync settings = GroupSync.defaults();
  private boolean mayWrite = true;
  private Copying opened = Copying.YES;
  private Map<String, String> otherLinks = Map.of();
  private final Set<String> adopted = new HashSet<>();

  /** Up to where both partitions are copied. */
  private long copied = 1_000;

  private GroupCycle cycle = started();

  private static final class Time implements LinkTime {
    long nanos;

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public Clock clock() {
      return Clock.systemUTC();
    }
  }

  /** What a state topic keeps. */
  private static final class StoredGroups implements GroupLedgerStore {
    final Map<String, GroupChunk> chunks = new HashMap<>();
    int saves;
    @Nullable RuntimeException failure;

    @Override
    public Map<SourcePartition, Progress> load() {
      return Map.of();
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return CompletableFuture.completedStage(null);
    }

    @Override
    public Collection<GroupChunk> takeGroups() {
      return List.copyOf(chunks.values());
    }

    @Override
    public CompletionStage<Void> saveGroups(Collection<GroupChunk> changed) {
      if (failure != null) {
        return CompletableFuture.failedStage(failure);
      }
      saves++;
      for (GroupChunk chunk : changed) {
        String key = chunk.group() + "/" + chunk.number();
        if (chunk.isRemoved()) {
          chunks.remove(key);
        } else {
          chunks.put(key, chunk);
        }
      }
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void close() {}
  }

  private final class Shifted implements GroupTargets.Translator {
    @Override
    public Map<TopicPartition, Translation> toTargets(TopicPartition partition, long offset) {
      return Map.of(
          partition, offset > copied ? new Pending(copied) : new Exact(partition, offset + SHIFT));
    }

    @Override
    public List<TopicPartition> sourcesOf(TopicPartition partition) {
      return List.of(partition);
    }
  }

  /** A link that starts, with what the one before it has stored. */
  private GroupCycle started() {
    return new GroupCycle(
        new GroupCycle.Parts(
            new GroupCycle.SourceGroups(source::listGroups, source::groupOffsets),
            target,
            new HashSet<>(),
            ShareGroupConfigs.of(source, target, new CopiedConfigs(Optional.empty())),
            new GroupLedgers("x", Optional.of(stored)),
            () -> settings,
            adopted::contains,
            partition -> partition.topic().equals("orders") ? opened : Copying.NO,
            new Shifted(),
            () -> otherLinks,
            () -> mayWrite,
            time));
  }

  private GroupState state(Outcome outcome, String group) {
    assertThat(outcome.groups()).containsKey(group);
    return outcome.groups().get(group).state();
  }

  private void pass(Duration some) {
    time.nanos += some.toNanos();
  }

  @Test
  void positions_areWritten_andShown() {
    source.commit("g", FIRST, 40, "m");
    source.commit("g", SECOND, 7);
    target.onWrite =
        (group, partition) -> {
          pass(Duration.ofMillis(20));
          return Optional.empty();
        };
    Outcome outcome = cycle.run();
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
    assertThat(target.offset("g", SECOND)).isEqualTo(1_007);
    assertThat(target.positions.get("g").get(FIRST).metadata()).isEqualTo("m");
    assertThat(outcome.written())
        .containsExactlyInAnyOrder(
            new GroupCycle.WrittenPosition("g", FIRST, Duration.ofMillis(40)),
            new GroupCycle.WrittenPosition("g", SECOND, Duration.ofMillis(40)));
    assertThat(state(outcome, "g")).isEqualTo(GroupState.SYNCED);
    assertThat(outcome.groups().get("g").snapshot().positions())
        .containsExactly(
            Map.entry(FIRST, new Position(40, Map.of(FIRST, 1_040L), true, "")),
            Map.entry(SECOND, new Position(7, Map.of(SECOND, 1_007L), true, "")));
    assertThat(outcome.changes())
        .containsExactly(new GroupCycle.Change("g", null, GroupState.SYNCED, ""));
  }

  @Test
  void groupsThatHaveNotMoved_areNotEvenCompared() {
    source.commit("g", FIRST, 40);
    cycle.run();
    target.read.clear();
    Outcome second = cycle.run();
    assertThat(target.read).isEmpty();
    assertThat(second.written()).isEmpty();
    assertThat(second.changes()).isEmpty();
    source.commit("g", FIRST, 41);
    cycle.run();
    assertThat(target.writes).containsExactly("g orders-0 1040", "g orders-0 1041");
  }

  @Test
  void groupsOfOtherTopics_andExcludedOnes_areNotThere() {
    settings = settings.excluding("no.*");
    cycle = started();
    source.commit("other", new TopicPartition("local", 0), 3);
    source.commit("no-1", FIRST, 3);
    assertThat(cycle.run().groups()).isEmpty();
    assertThat(target.positions).isEmpty();
  }

  @Test
  void aGroupThatIsNotSelectedAnyMore_isLeftAlone_andContinuesWhenItIsAgain() {
    settings = settings.deleting(true);
    cycle = started();
    source.commit("a", FIRST, 40);
    source.commit("b", FIRST, 40);
    cycle.run();
    settings = settings.excluding("b");
    source.commit("a", FIRST, 50);
    source.commit("b", FIRST, 50);
    assertThat(cycle.run().groups()).containsOnlyKeys("a");
    cycle.run();
    cycle.run();
    assertThat(target.offset("a", FIRST)).isEqualTo(1_050);
    assertThat(target.offset("b", FIRST)).isEqualTo(1_040);
    settings = GroupSync.defaults();
    Outcome outcome = cycle.run();
    assertThat(target.offset("b", FIRST)).isEqualTo(1_050);
    assertThat(outcome.changes())
        .containsExactly(new GroupCycle.Change("b", null, GroupState.SYNCED, ""));
  }

  @Test
  void otherSettings_areThoseOfTheNextCycle_whichComparesAll() {
    source.commit("g", FIRST, 40);
    cycle.run();
    target.commit("g", FIRST, 1_060);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    settings = settings.localCommits(LocalCommits.OVERWRITE);
    cycle.run();
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
  }

  @Test
  void aGroupOfATopicThatHasLeftTheLink_isLeftAlone_andNotShown() {
    settings = settings.deleting(true);
    cycle = started();
    source.commit("g", FIRST, 40);
    cycle.run();
    opened = Copying.LEFT;
    source.commit("g", FIRST, 50);
    assertThat(cycle.run().groups()).isEmpty();
    cycle.run();
    cycle.run();
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
    opened = Copying.YES;
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_050);
  }

  @Test
  void aGroupAheadOfTheCopy_isWrittenAtItsEnd_andFollowsIt() {
    source.commit("g", FIRST, 5_000);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.AHEAD);
    assertThat(target.offset("g", FIRST)).isEqualTo(2_000);
    copied = 4_000;
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.AHEAD);
    assertThat(target.offset("g", FIRST)).isEqualTo(5_000);
    copied = 5_000;
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(6_000);
  }

  @Test
  void aRewind_isFollowed_alsoByTheNextInstance() {
    source.commit("g", FIRST, 900);
    cycle.run();
    source.commit("g", FIRST, 100);
    cycle.run();
    assertThat(target.offset("g", FIRST)).isEqualTo(1_100);
    cycle = started();
    source.commit("g", FIRST, 50);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_050);
  }

  @Test
  void withoutALedger_aGroupIsOnlyMovedForward() {
    source.commit("back", FIRST, 100);
    target.commit("back", FIRST, 1_500);
    source.commit("forward", FIRST, 600);
    target.commit("forward", FIRST, 1_500);
    Outcome outcome = cycle.run();
    assertThat(state(outcome, "back")).isEqualTo(GroupState.LOCAL);
    assertThat(target.offset("back", FIRST)).isEqualTo(1_500);
    assertThat(state(outcome, "forward")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("forward", FIRST)).isEqualTo(1_600);
    source.commit("back", FIRST, 700);
    assertThat(state(cycle.run(), "back"))
        .as("it was seen that others write it")
        .isEqualTo(GroupState.LOCAL);
  }

  @Test
  void aGroupThatIsAdopted_isWrittenThoughOthersHaveWrittenIt_andFollowsFromThenOn() {
    source.commit("g", FIRST, 40);
    source.commit("other", FIRST, 40);
    cycle.run();
    target.commit("g", FIRST, 1_060);
    target.commit("other", FIRST, 1_060);
    pass(Duration.ofMinutes(2));
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.LOCAL);
    adopted.add("g");
    Outcome outcome = cycle.run();
    assertThat(state(outcome, "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
    assertThat(state(outcome, "other")).isEqualTo(GroupState.LOCAL);
    adopted.clear();
    cycle = started();
    source.commit("g", FIRST, 30);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_030);
  }

  @Test
  void aGroupThatWasUsedInTheTarget_isKept_untilItsPositionIsGone() {
    source.commit("g", FIRST, 40);
    cycle.run();
    target.commit("g", FIRST, 1_060);
    source.commit("g", FIRST, 90);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.LOCAL);
    cycle = started();
    assertThat(state(cycle.run(), "g")).as("known after a restart").isEqualTo(GroupState.LOCAL);
    target.positions.clear();
    pass(Duration.ofMinutes(2));
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_090);
  }

  @Test
  void localCommits_areOverwritten_ifThatIsWanted() {
    settings = settings.localCommits(LocalCommits.OVERWRITE);
    cycle = started();
    source.commit("g", FIRST, 40);
    target.commit("g", FIRST, 1_500);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
  }

  @Test
  void aGroupThatIsActiveInTheTarget_isLeftAlone_andComparedUntilItIsNot() {
    source.commit("g", FIRST, 40);
    target.members.put("g", 2);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.ACTIVE);
    assertThat(target.writes).isEmpty();
    target.members.clear();
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
  }

  @Test
  void aGroupThatBecomesActiveInBetween_isNotTheLinksMistake() {
    source.commit("g", FIRST, 40);
    cycle.run();
    source.commit("g", FIRST, 50);
    target.onWrite =
        (group, partition) -> Optional.of(new Failure(Refusal.ACTIVE, "the group has members"));
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.ACTIVE);
    target.onWrite = (group, partition) -> Optional.empty();
    target.commit("g", FIRST, 1_050); // as a member might
    source.commit("g", FIRST, 30);
    assertThat(state(cycle.run(), "g"))
        .as("what was not written is not the link's")
        .isEqualTo(GroupState.LOCAL);
  }

  @Test
  void aGroupThatTheTargetCouldNotShow_isComparedAgainInTheNextCycle() {
    source.commit("g", FIRST, 40);
    target.failures.put("g", new Failure(Refusal.UNAVAILABLE, "no coordinator"));
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.UNAVAILABLE);
    target.failures.clear();
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
  }

  @Test
  void aWriteOfUnknownOutcome_isTheLinks_whetherItHappenedOrNot() {
    source.commit("g", FIRST, 40);
    cycle.run();
    target.onWrite = (group, partition) -> Optional.of(new Failure(Refusal.UNAVAILABLE, "late"));
    source.commit("g", FIRST, 50);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.UNAVAILABLE);
    target.onWrite = (group, partition) -> Optional.empty();
    target.commit("g", FIRST, 1_050); // it happened
    source.commit("g", FIRST, 20);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_020);
  }

  @Test
  void aCrashRightAfterAWrite_leavesTheGroupWithTheLink() {
    source.commit("g", FIRST, 40);
    cycle.run();
    source.commit("g", FIRST, 50);
    cycle.run(); // what is stored is the intent only
    cycle = started();
    source.commit("g", FIRST, 10);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_010);
  }

  @Test
  void nothingIsWritten_thatCouldNotBeRecordedBefore() {
    source.commit("g", FIRST, 40);
    stored.failure = new RetriableException("no state topic");
    assertThatThrownBy(cycle::run).hasMessage("no state topic");
    assertThat(target.writes).isEmpty();
    stored.failure = null;
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
  }

  @Test
  void nothingIsWritten_withoutTheLease() {
    source.commit("g", FIRST, 40);
    mayWrite = false;
    assertThatThrownBy(cycle::run).hasMessageContaining("lease");
    assertThat(target.writes).isEmpty();
  }

  @Test
  void aQuietGroup_savesItsLedgerOnceMore_andThenNothing() {
    source.commit("g", FIRST, 40);
    cycle.run();
    source.commit("g", FIRST, 50);
    cycle.run();
    assertThat(stored.saves).isEqualTo(2);
    cycle.run();
    assertThat(stored.saves).isEqualTo(3);
    cycle.run();
    assertThat(stored.saves).isEqualTo(3);
  }

  @Test
  void everyMinute_whatHasExpired_isWrittenAgain() {
    source.commit("g", FIRST, 40);
    cycle.run();
    target.positions.clear();
    cycle.run();
    assertThat(target.offset("g", FIRST)).isEqualTo(-1);
    pass(Duration.ofSeconds(61));
    cycle.run();
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
  }

  @Test
  void onceADay_whatHasNotMoved_isWrittenAgain() {
    source.commit("g", FIRST, 40);
    cycle.run();
    pass(Duration.ofHours(19));
    cycle.run();
    assertThat(target.writes).hasSize(1);
    pass(Duration.ofHours(6));
    cycle.run();
    assertThat(target.writes).containsExactly("g orders-0 1040", "g orders-0 1040");
  }

  @Test
  void aShortRetentionOfTheTarget_isKeptUpWith() {
    target.retention = Optional.of(Duration.ofMinutes(3));
    source.commit("g", FIRST, 40);
    cycle.run();
    pass(Duration.ofSeconds(61));
    cycle.run();
    assertThat(target.writes).hasSize(2);
  }

  @Test
  void metadataThatIsTooLong_isLeftOut() {
    source.commit("g", FIRST, 40, "x".repeat(InMemoryGroups.MAX_METADATA + 1));
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.PARTIAL);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
    pass(Duration.ofMinutes(2));
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.PARTIAL);
    assertThat(target.writes).hasSize(1);
  }

  @Test
  void aPartitionThatIsAboutToBeOpened_isWaitedFor() {
    source.commit("g", FIRST, 40);
    cycle.run();
    cycle = started();
    opened = Copying.NOT_YET;
    source.commit("g", FIRST, 50);
    assertThat(cycle.run().groups()).isEmpty();
    opened = Copying.YES;
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_050);
  }

  @Test
  void whatTheSourceRefuses_isShown_andDoesNotHoldUpOthers() {
    source.commit("secret", FIRST, 40);
    source.commit("g", FIRST, 40);
    source.failures.put("secret", new Failure(Refusal.DENIED, "missing permission"));
    Outcome outcome = cycle.run();
    assertThat(state(outcome, "secret")).isEqualTo(GroupState.DENIED);
    assertThat(outcome.groups().get("secret").snapshot().reason()).isEqualTo("missing permission");
    assertThat(state(outcome, "g")).isEqualTo(GroupState.SYNCED);
  }

  @Test
  void aGroupThatIsGone_isKeptInTheTarget_andForgottenWhenItIsGoneThere() {
    source.commit("g", FIRST, 40);
    cycle.run();
    source.positions.clear();
    assertThat(state(cycle.run(), "g"))
        .as("one list may be incomplete")
        .isEqualTo(GroupState.SYNCED);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.DELETED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
    target.positions.clear();
    pass(Duration.ofMinutes(2));
    assertThat(cycle.run().groups()).isEmpty();
    assertThat(stored.chunks).isEmpty();
  }

  @Test
  void aGroupThatIsGone_isDeletedInTheTarget_ifThatIsWanted_andItIsTheLinks() {
    settings = settings.deleting(true);
    cycle = started();
    source.commit("ours", FIRST, 40);
    source.commit("used", FIRST, 40);
    cycle.run();
    target.commit("used", FIRST, 1_077);
    source.positions.clear();
    cycle.run();
    Outcome outcome = cycle.run();
    assertThat(target.positions).containsOnlyKeys("used");
    assertThat(outcome.groups()).containsOnlyKeys("used");
  }

  @Test
  void aListThatRightsLimit_provesNoDeletion() {
    settings = settings.deleting(true);
    cycle = started();
    source.commit("g", FIRST, 40);
    cycle.run();
    source.positions.clear();
    source.limitedBy = Optional.of("rights");
    cycle.run();
    Outcome outcome = cycle.run();
    assertThat(outcome.limitedBy()).contains("rights");
    assertThat(state(outcome, "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.positions).containsOnlyKeys("g");
  }

  @Test
  void aPlan_saysWhatWouldBeWritten_andChangesNothing() {
    source.commit("g", FIRST, 40);
    source.commit("local", FIRST, 10);
    target.commit("local", FIRST, 1_500);
    List<GroupPlan> plans = cycle.planned().groups();
    assertThat(plans).extracting(GroupPlan::group).containsExactly("g", "local");
    assertThat(plans.get(0).writes())
        .isEqualTo(Map.of(FIRST, new GroupPlan.Write(null, new GroupPosition(1_040, ""))));
    assertThat(plans.get(1).state()).isEqualTo(GroupState.LOCAL);
    assertThat(target.writes).isEmpty();
    assertThat(stored.saves).isZero();
    cycle.run();
    assertThat(cycle.planned().groups().get(0).writes()).isEmpty();
  }

  @Test
  void aTopicOfSeveralLinks_isLeftAlone_untilItIsOfOne() {
    otherLinks = Map.of("orders", "y");
    source.commit("g", FIRST, 40);
    Outcome outcome = cycle.run();
    assertThat(state(outcome, "g")).isEqualTo(GroupState.SHARED_TARGET);
    assertThat(outcome.groups().get("g").snapshot().reason())
        .isEqualTo("orders-0: link y writes to orders as well");
    assertThat(target.writes).isEmpty();
    otherLinks = Map.of();
    pass(Duration.ofMinutes(1));
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_040);
  }

  @Test
  void aPositionThatTheTargetHasDeleted_isAtItsLogStart_andMovesWithIt() {
    target.starts.put(FIRST, 1_100L);
    source.commit("g", FIRST, 40);
    Outcome outcome = cycle.run();
    assertThat(state(outcome, "g")).isEqualTo(GroupState.PARTIAL);
    assertThat(outcome.groups().get("g").snapshot().reason())
        .isEqualTo(
            "orders-0: the target has deleted its records from 1040 on; it continues at 1100");
    assertThat(target.offset("g", FIRST)).isEqualTo(1_100);
    int writes = target.writes.size();
    cycle.run();
    assertThat(target.writes).as("nothing has moved").hasSize(writes);
    target.starts.put(FIRST, 1_200L);
    pass(Duration.ofMinutes(1));
    cycle.run();
    assertThat(target.offset("g", FIRST)).isEqualTo(1_200);
    source.commit("g", FIRST, 300);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_300);
  }

  @Test
  void aGroupThatIsBack_isSyncedAgain() {
    source.commit("g", FIRST, 40);
    cycle.run();
    source.positions.clear();
    cycle.run();
    cycle.run();
    source.commit("g", FIRST, 10);
    assertThat(state(cycle.run(), "g")).isEqualTo(GroupState.SYNCED);
    assertThat(target.offset("g", FIRST)).isEqualTo(1_010);
  }

  @Test
  void whatIsShown_isAsOfItsCycle() {
    source.commit("g", FIRST, 40);
    Outcome first = cycle.run();
    source.commit("g", FIRST, 50);
    source.commit("g", SECOND, 1);
    Outcome second = cycle.run();
    assertThat(first.groups().get("g").snapshot().positions())
        .containsExactly(Map.entry(FIRST, new Position(40, Map.of(FIRST, 1_040L), true, "")));
    assertThat(second.groups().get("g").snapshot().positions())
        .containsOnlyKeys(FIRST, SECOND)
        .containsEntry(FIRST, new Position(50, Map.of(FIRST, 1_050L), true, ""));
    assertThat(cycle.run().groups()).as("nothing has moved").isSameAs(second.groups());
  }

  @Test
  void whatACycleThatFailsHasFound_isReportedByTheNext() {
    source.commit("g", FIRST, 40);
    cycle.run();
    source.positions.clear();
    cycle.run();
    target.positions.clear();
    source.commit("secret", FIRST, 40);
    source.failures.put("secret", new Failure(Refusal.DENIED, "missing permission"));
    stored.failure = new RetriableException("the state can't be saved");
    assertThatThrownBy(cycle::run).hasMessage("the state can't be saved");
    stored.failure = null;
    Outcome outcome = cycle.run();
    assertThat(outcome.groups()).containsOnlyKeys("secret");
    assertThat(outcome.changes())
        .containsExactly(
            new GroupCycle.Change("secret", null, GroupState.DENIED, "missing permission"));
  }
}
