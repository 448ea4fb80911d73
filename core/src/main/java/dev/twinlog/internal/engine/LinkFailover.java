package dev.twinlog.internal.engine;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.internal.engine.move.Failover;
import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.watch.LastContacts;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.status.GroupSnapshot;
import dev.twinlog.spi.PluginContext;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Fails over a link in the process that has run it: its engine is ended first, so that all that was
 * read is written and saved. One at a time: a second caller waits, and gets the same report.
 * Thread-safe.
 */
final class LinkFailover {
  private final Link link;
  private final LinkSwitchover switchover;
  private final Runnable closing;

  /**
   * Creates it.
   *
   * @param closing ends the engine, and returns when it has ended
   */
  LinkFailover(Link link, LinkSwitchover switchover, Runnable closing) {
    this.link = link;
    this.switchover = switchover;
    this.closing = closing;
  }

  /** See {@link dev.twinlog.Replicator#failover(FailoverOptions)}. */
  synchronized FailoverReport run(FailoverOptions options) {
    MovedHere.requireStoreOfSink(link, "failed over");
    boolean ranHere = !link.state().shown().isFinal();
    Failover.Live live = new Failover.Live(LastContacts.of(link), positions(), shareGroups());
    if (!options.isDryRun()) {
      new Failover(parts(), options, live).checkTopics();
      switchover.leaveTo(options.actor());
      closing.run();
      // else another instance may have run the link since, and knows better
      ranHere &= link.state().shown() == LinkState.STOPPED && link.unsaved().since().isEmpty();
    }
    if (!ranHere) {
      live = Failover.Live.NOTHING;
    }
    FailoverReport report;
    try {
      report = new Failover(parts(), options, live, link::move).run();
    } finally {
      if (!options.isDryRun()) {
        LinkConnector.closeQuietly(link, link.settings().sink()); // it was connected again
      }
    }
    Outcome outcome = report.outcome();
    if (outcome == Outcome.DONE || outcome == Outcome.DONE_WITH_LOSS) {
      if (options.topics().isEmpty()) {
        MovedHere.moved(link, report);
      } else {
        MovedHere.tell(link, report); // started again, it copies the other topics on
      }
    }
    return report;
  }

  /** The positions of groups in the source; they are as new as the last cycle of group sync. */
  private Map<String, Map<TopicPartition, Long>> positions() {
    Map<String, Map<TopicPartition, Long>> seen = new HashMap<>();
    link.groups()
        .forEach(
            (group, view) -> {
              Map<TopicPartition, Long> positions = new HashMap<>();
              for (Map.Entry<TopicPartition, GroupSnapshot.Position> each :
                  view.snapshot().positions().entrySet()) {
                positions.put(each.getKey(), each.getValue().source());
              }
              seen.put(group, positions);
            });
    return seen;
  }

  private Set<String> shareGroups() {
    Set<String> shareGroups = new HashSet<>();
    link.groups()
        .forEach(
            (group, view) -> {
              if (view.isShared()) {
                shareGroups.add(group);
              }
            });
    return shareGroups;
  }

  private Failover.Parts parts() {
    LinkSettings settings = link.settings();
    PluginContext context = new OfflineContext(link.name(), settings.get(LinkOptions.CLOCK));
    return new Failover.Parts(
        link.name(),
        settings.sink(),
        settings.sinkAbilities(),
        () -> settings.sinkAbilities().state().orElseThrow().openProgressStore(context),
        settings.get(LinkOptions.OFFSET_TRANSLATOR),
        Optional.of(settings.guarantee()),
        link.groupOptions(),
        context,
        link.time());
  }
}
