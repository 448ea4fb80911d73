package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.AclChange;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.progress.HeldAcls;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Tests that the write permissions of the target that were held back are created once, however the
 * process ends that has switched the link over.
 */
final class SwitchoverReleaseTest extends SwitchoverCase {
  private static final AclEntry IN_SOURCE = allow("orders");
  private static final AclEntry IN_TARGET = allow("copies");

  private final Target target = new Target();

  /** Steps that may be the last one, from when it is saved that the link is moved. */
  private int stepsLeft = Integer.MAX_VALUE;

  /** The end of the process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private void step() {
    boolean isMoved =
        MoveEntries.move(link.entries.values())
            .header()
            .filter(header -> header.isDone())
            .isPresent();
    if (isMoved && stepsLeft-- == 0) {
      throw new Killed();
    }
  }

  /** A target with ACLs. */
  private final class Target implements Sink, AclStore {
    final Set<AclEntry> acls = new HashSet<>();

    @Override
    public SinkWriter openWriter(PluginContext context) {
      return new NoWriter();
    }

    @Override
    public Acls acls(Set<AclEntry.Kind> kinds) {
      return new Acls.Found(Set.copyOf(acls));
    }

    @Override
    public Optional<String> unalterable() {
      return Optional.empty();
    }

    @Override
    public Map<AclEntry, Optional<ReplicationException>> createAcls(Collection<AclEntry> entries) {
      step();
      acls.addAll(entries);
      step();
      Map<AclEntry, Optional<ReplicationException>> answers = new HashMap<>();
      entries.forEach(entry -> answers.put(entry, Optional.empty()));
      return answers;
    }

    @Override
    public Map<AclEntry, Optional<ReplicationException>> deleteAcls(Collection<AclEntry> entries) {
      throw new AssertionError("a switchover deletes no ACLs of the target");
    }
  }

  @Override
  Sink target() {
    return target;
  }

  private static AclEntry allow(String topic) {
    return new AclEntry(
        AclEntry.Kind.TOPIC,
        AclEntry.Pattern.LITERAL,
        topic,
        "User:alice",
        "*",
        "WRITE",
        AclEntry.Permission.ALLOW);
  }

  private static List<AclEntry> released(SwitchoverReport report) {
    return report.acls().stream()
        .filter(acl -> acl.side() == AclChange.Side.TARGET)
        .map(AclChange::entry)
        .toList();
  }

  /** The link holds back the permission, and one of another topic. */
  private void hold(Map<AclEntry, AclEntry> held) {
    link.entries.clear();
    link.created.clear();
    source.acls.clear();
    target.acls.clear();
    HeldAcls.replacing(Set.of(), held).forEach(entry -> link.entries.put(entry.key(), entry));
  }

  @Test
  void aMoveOfSomeTopics_leavesTheirPermissionsToDo_andNamesThem() {
    hold(Map.of(IN_TARGET, IN_SOURCE, allow("others"), allow("others")));
    SwitchoverOptions some = QUICK.fenceWriters(false).topics(TopicSelector.named(ORDERS.topic()));
    SwitchoverReport planned = switchover(some.dryRun()).check(link);
    SwitchoverReport done = run(some);
    SwitchoverReport again = run(some);
    assertThat(again.repeated()).as("%s%n%s", done, again).isTrue();
    for (SwitchoverReport report : List.of(planned, done, again)) {
      assertThat(released(report)).as("%s", report).isEmpty();
      assertThat(report.todo())
          .singleElement()
          .asString()
          .contains("create 1 ACLs", "on TOPIC copies", "until the rest of the link is moved");
    }
    assertThat(target.acls).isEmpty();
  }

  /** A link that has held the permission back, and is moved; returns whether that was survived. */
  private boolean survives(int steps) {
    hold(Map.of(IN_TARGET, IN_SOURCE));
    stepsLeft = steps;
    link.onSave =
        number -> {
          step();
          return null;
        };
    try {
      SwitchoverReport report = run(QUICK);
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
      return true;
    } catch (Killed e) {
      return false;
    } finally {
      stepsLeft = Integer.MAX_VALUE;
    }
  }

  @Test
  void aProcessThatDiesBehindTheMove_leavesTheReleaseToTheNextCall() {
    int steps = 0;
    while (!survives(steps)) {
      Switchover next = switchover(QUICK);
      SwitchoverReport found = next.before(link.saved()).orElseThrow();
      assertThat(found.repeated()).isTrue();
      assertThat(found.partitions().get(ORDERS).targetSeam()).isEqualTo(107);
      SwitchoverReport report = next.releaseWrites(found, () -> link);
      assertThat(report.id()).isEqualTo(found.id());
      assertThat(report.outcome()).isEqualTo(found.outcome());
      assertThat(report.todo()).as("after %d steps", steps).noneMatch(what -> what.contains("ACL"));
      assertThat(released(report)).as("after %d steps", steps).containsExactly(IN_TARGET);
      assertThat(target.acls).containsExactly(IN_TARGET);
      assertThat(HeldAcls.of(link.entries.values())).isEmpty();
      steps++;
    }
    assertThat(steps).as("it died at several steps").isGreaterThan(3);
  }
}
