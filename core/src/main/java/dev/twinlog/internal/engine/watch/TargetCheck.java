package dev.twinlog.internal.engine.watch;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.RouteTable;
import dev.twinlog.internal.engine.partition.PartitionControl;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.partition.SessionEvent.TargetGrown;
import dev.twinlog.internal.engine.partition.SessionEvent.TargetLost;
import dev.twinlog.internal.engine.recovery.TargetLostException;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicSink;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;

/** Checks the target topics that this link writes to. Confined to the control thread. */
public final class TargetCheck implements Duty {
  private final Link link;
  private final Partitions partitions;

  /** The cluster that this link writes to; empty before the first check. Calls. */
  private Optional<Optional<String>> targetId = Optional.empty();

  public TargetCheck(Link link, Partitions partitions) {
    this.link = link;
    this.partitions = partitions;
  }

  @Override
  public String name() {
    return "target check";
  }

  @Override
  public Duration interval() {
    return link.settings().get(LinkOptions.DISCOVERY_INTERVAL);
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    Map<PartitionControl, CopySession> sessions = new LinkedHashMap<>();
    Set<String> written = new HashSet<>();
    for (PartitionControl partition : partitions.all()) {
      CopySession session = partition.session();
      if (session != null) {
        sessions.put(partition, session);
        written.add(session.targetTopic());
      }
    }
    return link.settings().sinkAbilities().topics().map(sink -> () -> ask(sink, sessions, written));
  }

  /** Asks the target. Calls. */
  private Runnable ask(
      TopicSink sink, Map<PartitionControl, CopySession> sessions, Set<String> written) {
    requireSameTarget();
    Map<String, TopicDescription> now =
        written.isEmpty() ? Map.of() : sink.describeWithoutConfigs(written);
    return () ->
        sessions.forEach(
            (partition, session) -> {
              // a session that began later may have created its topic again
              if (partition.session() == session && !session.isClosed()) {
                checkTarget(
                    partition, session, Optional.ofNullable(now.get(session.targetTopic())));
              }
            });
  }

  /** Fails the link; else each partition would report a deleted topic. Calls. */
  private void requireSameTarget() {
    Optional<String> now = link.settings().sinkAbilities().clusterId();
    if (targetId.isEmpty()) {
      targetId = Optional.of(now);
    }
    Optional<String> before = targetId.get();
    if (!now.equals(before)) {
      throw new LinkFailedException(
          ("the target, %s, is another cluster now: %s, while this link wrote to %s. If that is"
                  + " intended, build a new replicator and start it: it finds no progress there and"
                  + " copies everything. Else correct the address")
              .formatted(link.settings().sink(), now.orElse("unknown"), before.orElse("unknown")));
    }
  }

  private void checkTarget(
      PartitionControl partition, CopySession session, Optional<TopicDescription> found) {
    String target = session.targetTopic();
    Optional<Uuid> id = found.flatMap(TopicDescription::id);
    if (found.isEmpty()) {
      partitions.apply(partition, new TargetLost(lost(target, "was deleted", partition)));
    } else if (id.isPresent() && session.targetId().isPresent() && !id.equals(session.targetId())) {
      partitions.apply(
          partition, new TargetLost(lost(target, "was deleted and created again", partition)));
    } else if (found.get().partitions() != session.routes().targetPartitions()
        && routesChange(partition, session, target, found.get().partitions())) {
      partitions.apply(partition, new TargetGrown());
    }
  }

  private static TargetLostException lost(String target, String what, PartitionControl partition) {
    return new TargetLostException(
        ("target topic %s %s while it was written; call acceptLoss for %s to create it if necessary"
                + " and to continue at source offset %d; or, %s")
            .formatted(
                target,
                what,
                partition.partition(),
                Math.max(0, partition.figures().copiedNext()),
                CopyAgain.ADVICE));
  }

  private boolean routesChange(
      PartitionControl partition, CopySession session, String target, int count) {
    try {
      RouteTable now =
          RouteTable.of(
              partition.partition(),
              target,
              count,
              link.settings().get(LinkOptions.PARTITION_MAPPER));
      return !now.routes().equals(session.routes().routes());
    } catch (PartitionFailedException e) {
      return true; // opening reports the failure
    }
  }
}
