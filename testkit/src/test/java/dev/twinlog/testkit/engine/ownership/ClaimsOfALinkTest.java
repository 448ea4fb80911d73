package dev.twinlog.testkit.engine.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionState;
import dev.twinlog.Replicator;
import dev.twinlog.internal.engine.agent.Agent;
import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.Translation;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySink.AckMode;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests that an instance copies the partitions of the shards that it has claimed, and what it does
 * when it gives a shard back or loses it.
 */
@CleanAfterEach
@ExpectedLogs({"lost the claim", "gave back the claim", "-> STOPPED"})
final class ClaimsOfALinkTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final SharedState state = new SharedState(2);
  private final List<Member> members = new ArrayList<>();
  private final Member first = member();
  private final int shard = state.shards().of(partition(0));
  private final TopicPartition owned = partition(0);
  private final TopicPartition other = partition(1);

  private static TopicPartition partition(int number) {
    return new TopicPartition("orders", number);
  }

  private Member member() {
    return member(builder -> builder);
  }

  private Member member(UnaryOperator<Replicator.Builder> settings) {
    Member member = new Member(east, InMemorySink.to(west), state, clock, settings);
    members.add(member);
    return member;
  }

  @BeforeEach
  void produceTenRecordsEach() {
    east.createTopic("orders", 4);
    produce(10);
  }

  @AfterEach
  void close() {
    members.forEach(Member::close);
  }

  private void produce(int count) {
    for (int number = 0; number < 4; number++) {
      for (int i = 0; i < count; i++) {
        TopicPartition partition = partition(number);
        east.append(partition, "key", number + "/" + east.endOffset(partition));
      }
    }
  }

  private List<String> copied(TopicPartition partition) {
    return west.records(partition).stream().map(ClaimsOfALinkTest::value).toList();
  }

  private static String value(ReplicationRecord record) {
    return new String(record.value(), StandardCharsets.UTF_8);
  }

  private static List<String> upTo(TopicPartition partition, int count) {
    return IntStream.range(0, count).mapToObj(i -> partition.partition() + "/" + i).toList();
  }

  private static Route route(TopicPartition partition) {
    return new Route(partition, partition);
  }

  /** Copies everything of the shard with the first member, and more, which is not acknowledged. */
  private Claim withWritesInFlight() {
    return withWritesInFlight(first);
  }

  private Claim withWritesInFlight(Member member) {
    Claim claim = member.owner().claim(shard);
    member.startAndSettle();
    member.advance(SECOND);
    member.sink().ackMode(AckMode.MANUAL);
    produce(10);
    member.advance(SECOND);
    assertThat(member.sink().pendingWrites()).isPositive();
    return claim;
  }

  /** Steps the control agent and the calls of a member, but not its lane. */
  private static void stepWithoutLanes(Member member) {
    for (int i = 0; i < 20; i++) {
      member.agents().get(0).step(Duration.ZERO);
      member.agents().get(1).step(Duration.ZERO);
    }
  }

  // What is copied.

  @Test
  void partitionsOfOtherShards_areNeitherOpenedNorInTheStatus() {
    first.owner().claim(shard);
    first.startAndSettle();
    first.advance(SECOND);
    assertThat(first.status().partitions()).containsOnlyKeys(partition(0), partition(2));
    assertThat(copied(owned)).isEqualTo(upTo(owned, 10));
    assertThat(copied(other)).isEmpty();
    assertThat(first.offsets().toTarget(other, 3)).isInstanceOf(Translation.Unavailable.class);
  }

  @Test
  void aShardThatIsClaimedLater_isDiscoveredAtOnce() {
    first.startAndSettle();
    assertThat(first.status().partitions()).isEmpty();
    first.owner().claim(shard);
    Member.settle(first);
    assertThat(copied(owned)).isEqualTo(upTo(owned, 10));
  }

  @Test
  void aLinkThatBeginsAtTheEnd_copiesTheShardsWithWhichItBegins_fromTheEndOfThatTime() {
    Member late = member(builder -> builder.startFrom(StartPosition.latest()));
    late.owner().claim(shard);
    late.startAndSettle();
    produce(1);
    late.advance(SECOND);
    assertThat(copied(owned)).containsExactly("0/10");
    east.createTopic("later", 2);
    east.append(new TopicPartition("later", 0), "key", "first");
    east.append(new TopicPartition("later", 1), "key", "first");
    late.advance(Duration.ofSeconds(31));
    assertThat(west.topics()).contains("later");
    assertThat(late.status().partitions()).hasSize(3);
    TopicPartition added = late.status().partitions().keySet().iterator().next();
    assertThat(copied(added)).as("no record is missed").containsExactly("first");
  }

  @Test
  void aShardThatIsClaimedDuringADiscovery_waitsForTheNext() {
    Member late = member(builder -> builder.startFrom(StartPosition.latest()));
    late.start();
    Agent control = late.agents().get(0);
    control.step(Duration.ZERO); // asks the source, which answers below
    late.owner().claim(shard);
    control.step(Duration.ZERO);
    Member.settle(late);
    produce(1);
    late.advance(SECOND);
    assertThat(copied(owned)).as("only from the end of that time").containsExactly("0/10");
  }

  // Giving back.

  @Test
  void revoked_drains_savesAsClosedCleanly_andIsReleasedOnlyThen() {
    Claim claim = withWritesInFlight();
    first.owner().revoke(claim);
    Member.settle(first);
    assertThat(first.owner().released()).as("writes are in flight").isEmpty();
    assertThat(first.status().partitions()).containsKey(owned);
    first.owner().takeSaved();
    first.sink().ackAll();
    Member.settle(first);
    assertThat(first.owner().released()).containsExactly(claim);
    assertThat(first.status().partitions()).isEmpty();
    Progress last = state.progress(owned);
    assertThat(last.clean()).isTrue();
    assertThat(last.sourceNext()).isEqualTo(20);
    assertThat(first.offsets().toTarget(owned, 3)).isInstanceOf(Translation.Unavailable.class);
    Member second = member();
    second.owner().claim(shard);
    second.startAndSettle();
    produce(5);
    second.advance(SECOND);
    assertThat(copied(owned)).isEqualTo(upTo(owned, 25));
    assertThat(second.offsets().toTarget(owned, 3)).isEqualTo(new Translation.Exact(owned, 3));
  }

  @Test
  void revokedWhileWritesAreNeverAcknowledged_isReleasedNotClean_andEachRecordIsThereOnce() {
    Claim claim = withWritesInFlight();
    first.sink().landNext(route(owned));
    first.owner().revoke(claim);
    first.advance(Duration.ofMillis(1_900));
    assertThat(first.owner().released()).isEmpty();
    first.advance(Duration.ofMillis(200));
    assertThat(first.owner().released()).containsExactly(claim);
    assertThat(state.progress(owned).clean()).isFalse();
    Member second = member();
    second.owner().claim(shard);
    second.startAndSettle();
    second.advance(SECOND);
    assertThat(copied(owned)).isEqualTo(upTo(owned, 20));
    assertThat(second.offsets().toTarget(owned, 12)).isEqualTo(new Translation.Exact(owned, 12));
  }

  @Test
  void revokedWhileNothingCanBeSaved_isReleasedAllTheSame_andNothingIsSavedAfterwards() {
    Claim claim = first.owner().claim(shard);
    first.startAndSettle();
    first.advance(SECOND);
    first.owner().holdSaves();
    produce(10);
    first.advance(SECOND);
    first.owner().revoke(claim);
    first.advance(Duration.ofSeconds(5));
    assertThat(first.owner().released()).containsExactly(claim);
    first.owner().takeSaved();
    first.owner().failHeldSaves();
    first.advance(Duration.ofSeconds(5));
    assertThat(first.owner().takeSaved()).isEmpty();
  }

  @Test
  void aLossThatWasAccepted_isStillAcceptedForTheNextOwner() {
    Claim claim = first.owner().claim(shard);
    first.startAndSettle();
    first.advance(SECOND);
    first.replicator().pause();
    Member.settle(first);
    produce(10);
    east.truncateBefore(owned, 15);
    first.replicator().resume();
    first.advance(SECOND);
    assertThat(first.status().partitions().get(owned).state()).isEqualTo(PartitionState.STOPPED);
    first.replicator().pause(List.of(owned));
    first.replicator().acceptLoss(List.of(owned));
    Member.settle(first);
    first.owner().revoke(claim);
    Member.settle(first);
    assertThat(first.owner().released()).containsExactly(claim);
    Member second = member();
    second.owner().claim(shard);
    second.startAndSettle();
    second.advance(SECOND);
    assertThat(second.status().partitions().get(owned).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(copied(owned)).hasSize(15).endsWith("0/15", "0/16", "0/17", "0/18", "0/19");
  }

  @Test
  void aPartitionThatIsDiscoveredWhileItsShardIsRevoked_isNotOpened() {
    Member often = member(builder -> builder.discoveryInterval(Duration.ofMillis(100)));
    Claim claim = withWritesInFlight(often);
    often.owner().revoke(claim);
    east.addPartitions("orders", 5);
    often.advance(SECOND);
    assertThat(often.owner().released()).isEmpty();
    assertThat(state.shards().of(partition(4))).isEqualTo(shard);
    assertThat(often.status().partitions()).containsOnlyKeys(partition(0), partition(2));
  }

  // Losing.

  @Test
  void lost_isDroppedAtOnce_andNothingIsSavedOfIt() {
    Claim claim = withWritesInFlight();
    first.owner().lose(claim);
    first.owner().tellLost();
    first.owner().takeSaved();
    Member.settle(first);
    assertThat(first.status().partitions()).isEmpty();
    assertThat(first.sink().pendingWrites()).isZero();
    first.advance(Duration.ofSeconds(10));
    assertThat(first.owner().takeSaved()).isEmpty();
    assertThat(first.owner().released()).as("there is nothing to give").isEmpty();
  }

  @Test
  void aSaveUnderWayWhenItsShardIsLost_isNotRepeatedWhenItFails() {
    Claim claim = first.owner().claim(shard);
    int theOther = 1 - shard;
    first.owner().claim(theOther);
    first.startAndSettle();
    first.advance(SECOND);
    first.owner().holdSaves();
    produce(10);
    first.advance(SECOND);
    assertThat(first.owner().takeSaved())
        .extracting(one -> one.source().partition())
        .contains(owned);
    first.owner().lose(claim);
    first.owner().tellLost();
    Member.settle(first);
    first.owner().failHeldSaves();
    first.advance(Duration.ofSeconds(5));
    assertThat(first.owner().takeSaved())
        .extracting(one -> one.source().partition())
        .contains(other)
        .doesNotContain(owned);
    assertThat(copied(other)).isEqualTo(upTo(other, 20));
  }

  /** The writer reports it when the shard has been lost and claimed again. */
  @Test
  void progressOfASessionThatWasDropped_isNotSavedUnderTheNextClaim() {
    Claim claim = first.owner().claim(shard);
    first.startAndSettle();
    first.advance(SECOND);
    produce(5);
    Member.settle(first);
    Progress before = state.progress(owned);
    Agent control = first.agents().get(0);
    clock.advance(SECOND);
    control.step(Duration.ZERO); // asks the writer for its progress
    first.owner().lose(claim);
    first.owner().tellLost();
    state.replace(
        new Progress(before.source(), 15, false, before.stagesFingerprint(), before.routes()));
    first.owner().claim(shard);
    stepWithoutLanes(first);
    assertThat(first.status().partitions()).containsKey(owned);
    first.owner().takeSaved();
    Agent writer = first.agents().get(3);
    writer.step(Duration.ZERO);
    control.step(Duration.ZERO);
    assertThat(first.owner().takeSaved())
        .filteredOn(one -> one.source().partition().equals(owned))
        .isEmpty();
  }

  @Test
  void aLostShardThatIsClaimedAgain_isOpenedOnlyWhenItsFormerSessionHasEnded() {
    Claim claim = withWritesInFlight();
    first.owner().lose(claim);
    first.owner().tellLost();
    first.owner().claim(shard);
    first.owner().takeSaved();
    stepWithoutLanes(first);
    assertThat(first.status().partitions()).containsKey(owned);
    assertThat(first.owner().takeSaved()).as("of an opening").isEmpty();
    first.sink().ackMode(AckMode.AT_ONCE);
    first.advance(SECOND);
    assertThat(copied(owned)).isEqualTo(upTo(owned, 20));
  }

  @Test
  void anInstanceThatDoesNotKnowOfItsLoss_savesNothing_andWritesNothingTwice() {
    Claim claim = withWritesInFlight();
    first.owner().lose(claim);
    Member second = member();
    second.owner().claim(shard);
    second.startAndSettle();
    second.advance(SECOND);
    first.sink().ackMode(AckMode.AT_ONCE);
    first.sink().ackAll();
    first.advance(Duration.ofSeconds(5));
    assertThat(copied(owned)).isEqualTo(upTo(owned, 20));
    first.owner().tellLost();
    first.advance(SECOND);
    produce(5);
    second.advance(SECOND);
    assertThat(copied(owned)).isEqualTo(upTo(owned, 25));
    assertThat(state.progress(owned).sourceNext()).isEqualTo(25);
  }

  @Test
  void anOpeningWhoseShardIsLost_fencesNobody() {
    Claim claim = first.owner().claim(shard);
    first.start();
    stepUntilARecoveryIsNext(first);
    first.owner().lose(claim);
    first.owner().tellLost();
    stepUntilIdle(first.agents().get(0));
    Member second = member();
    second.owner().claim(shard);
    second.startAndSettle();
    Member.settle(first);
    produce(5);
    second.advance(SECOND);
    assertThat(copied(owned)).isEqualTo(upTo(owned, 15));
    assertThat(second.status().partitions().get(owned).retries()).isZero();
  }

  @Test
  void anOpeningWhoseShardIsLostAfterItsRecovery_savesNothing() {
    Claim claim = first.owner().claim(shard);
    first.start();
    stepUntilARecoveryIsNext(first);
    stepUntilIdle(first.agents().get(1)); // recovers; the control thread is to continue
    first.owner().lose(claim);
    first.owner().tellLost();
    Member.settle(first);
    assertThat(first.owner().takeSaved()).isEmpty();
    assertThat(first.status().partitions()).isEmpty();
  }

  /** Steps an instance until its target topic is created, and the next calls are requested. */
  private void stepUntilARecoveryIsNext(Member member) {
    Agent control = member.agents().get(0);
    while (west.topics().isEmpty()) {
      control.step(Duration.ZERO);
      member.agents().get(1).step(Duration.ZERO);
    }
    stepUntilIdle(control);
  }

  private static void stepUntilIdle(Agent agent) {
    boolean worked = true;
    while (worked) {
      worked = agent.step(Duration.ZERO);
    }
  }

  @Test
  void lostWhileItIsGivenBack_isNotReleased() {
    Claim claim = withWritesInFlight();
    first.owner().revoke(claim);
    Member.settle(first);
    first.owner().lose(claim);
    first.owner().tellLost();
    first.advance(Duration.ofSeconds(5));
    assertThat(first.owner().released()).isEmpty();
    assertThat(first.status().partitions()).isEmpty();
  }

  @Test
  void theLeaseOnAShard_endsWithItsClaim_whateverIsProvedLater() {
    Claim claim = withWritesInFlight();
    Claim kept = first.owner().claim(1 - shard);
    Member.settle(first);
    assertThat(claim.lease().holds()).isTrue();
    first.owner().lose(claim);
    first.owner().tellLost();
    Member.settle(first);
    assertThat(claim.lease().holds()).isFalse();
    assertThat(kept.lease().holds()).isTrue();
    first.advance(Duration.ofSeconds(30));
    assertThat(claim.lease().holds()).as("after further proofs").isFalse();
    assertThat(kept.lease().holds()).isTrue();
  }

  // Coming back.

  @Test
  void aShardThatComesBack_continuesWhereTheStoreSays() {
    Claim claim = first.owner().claim(shard);
    first.startAndSettle();
    first.advance(SECOND);
    first.owner().revoke(claim);
    Member.settle(first);
    Member second = member();
    Claim there = second.owner().claim(shard);
    second.startAndSettle();
    produce(10);
    second.advance(SECOND);
    second.owner().revoke(there);
    Member.settle(second);
    assertThat(second.owner().released()).containsExactly(there);
    first.owner().takeSaved();
    first.owner().claim(shard);
    Member.settle(first);
    assertThat(first.owner().takeSaved())
        .filteredOn(one -> one.source().partition().equals(owned))
        .extracting(Progress::sourceNext)
        .containsOnly(20L);
    produce(10);
    first.advance(SECOND);
    assertThat(copied(owned)).isEqualTo(upTo(owned, 30));
    for (int offset = 0; offset < 30; offset++) {
      assertThat(first.offsets().toTarget(owned, offset))
          .isEqualTo(new Translation.Exact(owned, offset));
    }
  }
}
