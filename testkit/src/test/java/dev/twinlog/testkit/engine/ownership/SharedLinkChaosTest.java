package dev.twinlog.testkit.engine.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySink.AckMode;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.engine.ChaosSeeds;
import dev.twinlog.testkit.junit.SilentLink;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Moves the shards of a link back and forth between two instances under load, one seed after the
 * other: shards are revoked, lost, and lost without the instance knowing it for a while; writes
 * fail, acknowledgements are late or lost. After every step the target must have no record twice or
 * out of order; in the end it must have every record, and the owner of each shard must translate
 * every offset exactly. Run one seed again with {@code -Dtwinlog.chaos.seed=N}.
 */
@ExtendWith(SilentLink.class)
final class SharedLinkChaosTest {
  private static final int SEEDS = 150;
  private static final int STEPS = 80;
  private static final int PARTITIONS = 6;
  private static final int SHARDS = 4;

  @Test
  void shardsThatMove_areCopiedOnceAndInOrder_andTranslatedExactly() {
    ChaosSeeds seeds = ChaosSeeds.configured(SEEDS);
    AtomicInteger moves = new AtomicInteger();
    seeds.run(
        seed -> {
          Run run = new Run(seed);
          run.run();
          moves.addAndGet(run.moves);
        });
    assertThat(moves.get()).isGreaterThan(5 * seeds.count());
  }

  private static final class Run {
    private final Random random;
    private final VirtualClock clock = VirtualClock.create();
    private final InMemoryCluster east = InMemoryCluster.create("east", clock);
    private final InMemoryCluster west = InMemoryCluster.create("west", clock);
    private final SharedState state = new SharedState(SHARDS);
    private final Member[] members;
    private final Map<Integer, Claim> claims = new HashMap<>();
    private final Map<Integer, Member> owners = new HashMap<>();
    private int moves;

    Run(int seed) {
      random = new Random(seed);
      east.createTopic("t", PARTITIONS);
      boolean byContent = random.nextBoolean();
      members = new Member[] {member(byContent), member(byContent)};
      for (Member member : members) {
        member.start();
      }
      claimFree();
      Member.settle(random, members);
    }

    private Member member(boolean byContent) {
      InMemorySink sink = InMemorySink.to(west);
      int lanes = 1 + random.nextInt(2);
      return new Member(
          east,
          byContent ? sink.keepsNoSourceOffsets() : sink,
          state,
          clock,
          builder -> builder.lanes(lanes));
    }

    private Member any() {
      return members[random.nextInt(members.length)];
    }

    private Route anyRoute() {
      TopicPartition partition = new TopicPartition("t", random.nextInt(PARTITIONS));
      return new Route(partition, partition);
    }

    private void claimFree() {
      for (int shard = 0; shard < SHARDS; shard++) {
        if (state.isFree(shard)) {
          claim(shard, any());
        }
      }
    }

    private void claim(int shard, Member by) {
      claims.put(shard, by.owner().claim(shard));
      owners.put(shard, by);
      moves++;
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        disturb();
        Member.settle(random, members);
        checkOrder();
      }
      heal();
      check();
      for (Member member : members) {
        member.close();
      }
      check();
    }

    private void disturb() {
      int shard = random.nextInt(SHARDS);
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> produce();
        case 3, 4 -> revoke(shard);
        case 5 -> lose(shard);
        case 6 -> claimFree();
        case 7 -> any().owner().tellLost();
        case 8 -> any().sink().ackMode(anyAckMode());
        case 9 -> someAcks();
        case 10 -> fail();
        default -> advance(Duration.ofMillis(random.nextInt(1500)));
      }
    }

    private AckMode anyAckMode() {
      AckMode[] modes = AckMode.values();
      return modes[random.nextInt(modes.length)];
    }

    private void produce() {
      for (int i = random.nextInt(40); i >= 0; i--) {
        TopicPartition partition = new TopicPartition("t", random.nextInt(PARTITIONS));
        east.append(partition, "k", partition.partition() + "/" + east.endOffset(partition));
      }
    }

    private void revoke(int shard) {
      if (!state.isFree(shard)) {
        owners.get(shard).owner().revoke(claims.get(shard));
      }
    }

    private void lose(int shard) {
      if (!state.isFree(shard)) {
        Member loser = owners.get(shard);
        loser.owner().lose(claims.get(shard));
        if (random.nextBoolean()) {
          loser.owner().tellLost();
        }
        if (random.nextBoolean()) {
          claim(shard, members[0] == loser ? members[1] : members[0]);
        }
      }
    }

    private void someAcks() {
      for (int i = random.nextInt(6); i >= 0; i--) {
        if (random.nextBoolean()) {
          any().sink().landNext(anyRoute());
        } else {
          any().sink().ackNext(anyRoute());
        }
      }
    }

    private void fail() {
      RetriableException fault = new RetriableException("a fault of the simulation");
      if (random.nextBoolean()) {
        any().sink().failWrite(anyRoute(), 1 + random.nextInt(3), fault);
      } else {
        any().sink().loseAck(anyRoute(), 1 + random.nextInt(3), fault);
      }
    }

    private void advance(Duration time) {
      Member.advance(time, clock, random, members);
    }

    private void heal() {
      for (int i = 0; i < 2; i++) {
        for (Member member : members) {
          member.sink().ackMode(AckMode.AT_ONCE);
          member.sink().ackAll();
          member.owner().tellLost();
        }
        advance(Duration.ofSeconds(5)); // what was revoked is released
        claimFree();
      }
      advance(Duration.ofSeconds(40));
    }

    private static String value(ReplicationRecord record) {
      return new String(record.value(), StandardCharsets.UTF_8);
    }

    private List<String> copied(TopicPartition partition) {
      return west.topics().contains("t")
          ? west.records(partition).stream().map(Run::value).toList()
          : List.of();
    }

    private void checkOrder() {
      for (int number = 0; number < PARTITIONS; number++) {
        TopicPartition partition = new TopicPartition("t", number);
        List<String> expected = new ArrayList<>();
        List<String> found = copied(partition);
        for (int i = 0; i < found.size(); i++) {
          expected.add(number + "/" + i);
        }
        assertThat(found).as("%s", partition).isEqualTo(expected);
      }
    }

    private void check() {
      checkOrder();
      for (int number = 0; number < PARTITIONS; number++) {
        TopicPartition partition = new TopicPartition("t", number);
        assertThat(copied(partition))
            .as("%s, %s", partition, owners.get(state.shards().of(partition)).status())
            .hasSize((int) east.endOffset(partition));
        checkTranslation(partition);
      }
    }

    private void checkTranslation(TopicPartition partition) {
      Member owner = owners.get(state.shards().of(partition));
      NavigableMap<Long, Long> truth = new TreeMap<>();
      west.records(partition)
          .forEach(
              record -> truth.put(Long.parseLong(value(record).split("/")[1]), record.offset()));
      truth.forEach(
          (source, target) -> {
            assertThat(owner.offsets().toTarget(partition, source))
                .as("source offset %d of %s", source, partition)
                .isEqualTo(new Translation.Exact(partition, target));
            assertThat(owner.offsets().toSource(partition, target))
                .as("target offset %d of %s", target, partition)
                .isEqualTo(new Translation.Exact(partition, source));
          });
    }
  }
}
