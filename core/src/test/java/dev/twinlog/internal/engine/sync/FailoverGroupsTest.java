package dev.twinlog.internal.engine.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.GroupSync;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.progress.GroupLedgerCodec;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Exact;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests which groups a failover writes into a target that has no share groups. */
final class FailoverGroupsTest {
  private static final TopicPartition FIRST = new TopicPartition("orders", 0);
  private static final Map<TopicPartition, Long> SEEN = Map.of(FIRST, 40L);
  private static final String REASON = "it is a share group, and the sink keeps no share groups";

  private final InMemoryGroups target = new InMemoryGroups();

  /** Offsets are the same in the target. */
  private static final class Same implements OffsetHistory {
    private static final Route ROUTE = new Route(FIRST, FIRST);

    @Override
    public List<Route> routesFrom(TopicPartition source) {
      return List.of(ROUTE);
    }

    @Override
    public List<Route> routesInto(TopicPartition into) {
      return List.of(ROUTE);
    }

    @Override
    public Translation toTarget(Route route, long offset) {
      return new Exact(FIRST, offset);
    }

    @Override
    public Translation toSource(Route route, long offset) {
      return new Exact(FIRST, offset);
    }
  }

  private static final class Time implements LinkTime {
    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public Clock clock() {
      return Clock.systemUTC();
    }
  }

  private FailoverGroups groups(
      List<GroupChunk> chunks,
      Map<String, Map<TopicPartition, Long>> later,
      Set<String> shareGroups) {
    Seam seam = new Seam(true, "", 100, Map.of(FIRST, 100L), Map.of(), Seam.Contact.NONE);
    return new FailoverGroups(
        new FailoverGroups.Parts(
            "x",
            target,
            chunks,
            Optional.empty(),
            OffsetTranslator.exact(),
            new Same(),
            GroupSync.defaults(),
            Map.of(FIRST, seam),
            Map.of(FIRST, 100L),
            Map.of(),
            Optional.empty(),
            new Time()),
        later,
        shareGroups);
  }

  private void assertOnlyTheConsumerGroupIsWritten(FailoverGroups groups) {
    assertThat(groups.planned().get("share").reason()).isEqualTo(REASON);
    Map<String, MovedGroup> moved = groups.write();
    assertThat(moved.get("plain").state()).isEqualTo("SYNCED");
    assertThat(moved.get("share").state()).isEqualTo("OTHER_TYPE");
    assertThat(moved.get("share").reason()).isEqualTo(REASON);
    assertThat(target.positions).containsOnlyKeys("plain");
    assertThat(groups.unwritten()).as("to be tried again").isEmpty();
  }

  @Test
  void aShareGroupOfTheLedger_isReported_andNotWrittenAsAnotherType() {
    GroupLedger ledger = new GroupLedger(SEEN, Map.of());
    List<GroupChunk> chunks =
        List.of(
            GroupLedgerCodec.encode("plain", ledger).get(0),
            GroupLedgerCodec.encode("share", ledger.shared(true)).get(0));
    assertOnlyTheConsumerGroupIsWritten(groups(chunks, Map.of(), Set.of()));
  }

  @Test
  void aShareGroupThatWasSeenLater_isReported_andNotWrittenAsAnotherType() {
    assertOnlyTheConsumerGroupIsWritten(
        groups(List.of(), Map.of("plain", SEEN, "share", SEEN), Set.of("share")));
  }

  @Test
  void aGroupThatIsNoShareGroupAnyMore_isWritten() {
    GroupLedger ledger = new GroupLedger(SEEN, Map.of(), true);
    FailoverGroups groups =
        groups(GroupLedgerCodec.encode("g", ledger), Map.of("g", SEEN), Set.of());
    assertThat(groups.write().get("g").state()).isEqualTo("SYNCED");
    assertThat(target.offset("g", FIRST)).isEqualTo(40);
  }
}
