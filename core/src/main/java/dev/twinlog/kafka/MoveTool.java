package dev.twinlog.kafka;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupSync;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.move.Failover;
import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.internal.engine.move.UnknownLinkException;
import dev.twinlog.internal.kafka.state.SinkStateKind;
import dev.twinlog.internal.kafka.state.StateTopicStore;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore.Saved;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.StoredEntry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Moves a link that another process has run, by its state in the target cluster. Stateless. */
final class MoveTool {
  private static final long SAVE_SECONDS = 30;

  private final KafkaCluster target;
  private final String link;
  private final PluginContext context;

  MoveTool(KafkaCluster target, String link) {
    this.target = target;
    this.link = link;
    this.context = new OfflineContext(link);
  }

  FailoverReport failover(FailoverOptions options) {
    try (KafkaSink sink = sink(path())) {
      Failover.Parts parts =
          new Failover.Parts(
              link,
              sink,
              SinkAbilities.of(sink),
              () -> sink.openProgressStore(context),
              OffsetTranslator.exact(),
              Optional.empty(),
              GroupSync.defaults(),
              context,
              LinkTime.system(Clock.systemUTC()));
      return new Failover(parts, options, Failover.Live.NOTHING).run();
    }
  }

  /** The links that write into a cluster. */
  static List<LinkSummary> list(KafkaCluster target) {
    try (KafkaSink sink = KafkaSink.to(target).build()) {
      List<LinkSummary> all = new ArrayList<>();
      for (LinkDescription link : sink.linksInto()) {
        PluginContext context = new OfflineContext(link.link());
        try (StateTopicStore store = (StateTopicStore) sink.openProgressStore(context)) {
          all.add(new LinkSummary(link, store.read().entries()));
        }
      }
      all.sort(Comparator.comparing(LinkSummary::link));
      return List.copyOf(all);
    }
  }

  void reopen() {
    try (KafkaSink sink = sink(DataPath.AUTO)) {
      requireMoved(saved(sink).entries()); // before the link is taken from one that runs
      try (StateTopicStore store = (StateTopicStore) sink.openProgressStore(context)) {
        store.load();
        Collection<StoredEntry> entries = store.takeEntries();
        requireMoved(entries); // it may have been reversed since
        // the link deletes those ACLs at its next start, which has the source
        Collection<StoredEntry> removed = MoveEntries.withoutMoveButAcls(entries);
        Optional<LinkDescription> copying =
            store.registered().map(known -> known.moved(Optional.empty()));
        // last of all it forgets the move: until then it can be called again
        store.register(copying).toCompletableFuture().get(SAVE_SECONDS, TimeUnit.SECONDS);
        store.saveEntries(removed).toCompletableFuture().get(SAVE_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof ReplicationException known
            ? known
            : new RetriableException("reopening failed: " + e.getCause(), e.getCause());
      } catch (TimeoutException e) {
        throw new RetriableException(
            "reopening took longer than %d s; call it again".formatted(SAVE_SECONDS), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RetriableException("reopening was interrupted; call it again", e);
      }
    }
  }

  private void requireMoved(Collection<StoredEntry> entries) {
    MoveEntries.Stored stored = MoveEntries.move(entries);
    if (stored.header().isEmpty() && stored.some().isEmpty()) {
      throw new LinkFailedException(
          "link %s was not moved: there is nothing to reopen".formatted(link));
    }
    ReverseEntries.reversal(entries)
        .ifPresent(
            reversal -> {
              throw new LinkFailedException(
                  "link %s can't be reopened: link %s copies in the other direction since. Move that one, and reverse it"
                      .formatted(link, reversal.link()));
            });
  }

  private KafkaSink sink(DataPath path) {
    return KafkaSink.to(target).path(path).build();
  }

  /** The path that the link was last run on: only that one knows what it has left unfinished. */
  private DataPath path() {
    try (KafkaSink sink = sink(DataPath.AUTO)) {
      boolean records =
          saved(sink).progress().values().stream()
              .filter(progress -> !progress.clean())
              .anyMatch(MoveTool::isOfRecordPath);
      return records ? DataPath.RECORDS : DataPath.AUTO;
    }
  }

  private static boolean isOfRecordPath(Progress progress) {
    return progress.routes().stream()
        .anyMatch(route -> SinkStateKind.RECORD_PATH.matches(route.sinkState()));
  }

  private Saved saved(KafkaSink sink) {
    try (StateTopicStore store = (StateTopicStore) sink.openProgressStore(context)) {
      return store.read();
    } catch (LinkFailedException e) {
      List<LinkDescription> links = sink.linksInto();
      if (links.stream().anyMatch(one -> one.link().equals(link))) {
        throw e;
      }
      throw new UnknownLinkException(link, target.alias(), links, e);
    }
  }
}
