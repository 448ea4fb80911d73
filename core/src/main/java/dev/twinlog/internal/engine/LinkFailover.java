package dev.twinlog.internal.engine;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.internal.engine.move.Failover;
import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkEvent;
import dev.twinlog.internal.engine.watch.LastContacts;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.internal.status.GroupSnapshot;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fails over a link in the process that has run it: its engine is ended first, so that all that was
 * read is written and saved. One at a time: a second caller waits, and gets the same report.
 * Thread-safe.
 */
final class LinkFailover {
  private static final Logger LOG = LoggerFactory.getLogger(LinkFailover.class);

  private final Link link;
  private final Runnable closing;

  /**
   * Creates it.
   *
   * @param closing ends the engine, and returns when it has ended
   */
  LinkFailover(Link link, Runnable closing) {
    this.link = link;
    this.closing = closing;
  }

  /** See {@link dev.twinlog.Replicator#failover(FailoverOptions)}. */
  synchronized FailoverReport run(FailoverOptions options) {
    requireStoreOfSink();
    boolean ranHere = !link.state().shown().isFinal();
    Failover.Live live = new Failover.Live(LastContacts.of(link), positions(), shareGroups());
    if (!options.isDryRun()) {
      closing.run();
      // else another instance may have run the link since, and knows better
      ranHere &= link.state().shown() == LinkState.STOPPED && link.unsaved().since().isEmpty();
    }
    if (!ranHere) {
      live = Failover.Live.NOTHING;
    }
    FailoverReport report;
    try {
      report = new Failover(parts(), options, live).run();
    } finally {
      if (!options.isDryRun()) {
        LinkConnector.closeQuietly(link, link.settings().sink()); // it was connected again
      }
    }
    Outcome outcome = report.outcome();
    if (outcome == Outcome.DONE || outcome == Outcome.DONE_WITH_LOSS) {
      moved(report);
    }
    return report;
  }

  /** A store of the user's own can't be opened again after the link has closed it. */
  private void requireStoreOfSink() {
    if (link.settings().find(LinkOptions.PROGRESS_STORE).isPresent()
        || link.settings().sinkAbilities().state().isEmpty()) {
      throw new ReplicationException(
          "link %s can't be failed over, and goes on: it keeps its progress in a store of your own, and only one that the sink opens, as KafkaSink does, can be taken over"
              .formatted(link.name()));
    }
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
        settings.get(LinkOptions.GROUP_SYNC),
        context,
        link.time());
  }

  private void moved(FailoverReport report) {
    String why = "failed over at %s by %s".formatted(report.begunAt(), report.actor());
    LinkState before = link.state().shown();
    if (!link.state().apply(new LinkEvent.Moved(), why)) {
      return;
    }
    try { // the thread of events has ended with the link
      link.settings().get(LinkOptions.ON_EVENT).linkStateChanged(before, LinkState.MOVED, why);
      link.settings().get(LinkOptions.ON_EVENT).moved(report);
    } catch (RuntimeException e) {
      LOG.warn("link {}: the listener has failed", link.name(), e);
    }
  }
}
