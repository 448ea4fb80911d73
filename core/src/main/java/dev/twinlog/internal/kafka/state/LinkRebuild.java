package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.offsets.LogComparison;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Rebuilds the lost state of a link from the logs of the two clusters. Confined to one thread,
 * which it blocks while it reads both.
 */
public final class LinkRebuild {
  private static final long SAVE_SECONDS = 60;

  private final LazyAdmin source;
  private final String isolation;
  private final LazyAdmin target;
  private final PluginContext context;

  /**
   * Creates the rebuild of one link.
   *
   * @param isolation the isolation level with which the link reads its source
   * @param context names the link
   */
  public LinkRebuild(LazyAdmin source, String isolation, LazyAdmin target, PluginContext context) {
    this.source = source;
    this.isolation = isolation;
    this.target = target;
    this.context = context;
  }

  /**
   * Compares all routes, and saves the state if all of them match.
   *
   * @param routes the target partition of each source partition
   * @return what was copied, by route; a route of which nothing was copied is left out
   * @throws LinkFailedException if the link has state, or the logs of a route don't match
   */
  public Map<Route, LogComparison.Match> run(Map<SourcePartition, Route> routes) {
    checkNoState();
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    Map<Route, LogComparison.Match> found = new LinkedHashMap<>();
    List<PartitionFailedException> mismatches = new ArrayList<>();
    routes.forEach(
        (partition, route) -> {
          try {
            match(partition, route, maps).ifPresent(match -> found.put(route, match));
          } catch (PartitionFailedException e) {
            mismatches.add(e);
          }
        });
    if (!mismatches.isEmpty()) {
      LinkFailedException all =
          new LinkFailedException(
              "the state of link %s can't be rebuilt, and nothing was saved; of %d partitions, %d don't match, the first: %s"
                  .formatted(
                      context.link(),
                      routes.size(),
                      mismatches.size(),
                      mismatches.get(0).getMessage()),
              mismatches.get(0));
      mismatches.stream().skip(1).forEach(all::addSuppressed);
      throw all;
    }
    save(found.values().stream().map(LogComparison.Match::progress).toList(), maps);
    return found;
  }

  private void checkNoState() {
    StateTopic topic = new StateTopic(target, StateTopic.nameOf(context.link()));
    if (topic.exists() && !topic.read().progress().isEmpty()) {
      throw new LinkFailedException(
          "link %s has progress in topic %s on %s, which is not overwritten: if it is damaged, stop the link and delete the topic first"
              .formatted(context.link(), topic.name(), target.errors().alias()));
    }
  }

  private Optional<LogComparison.Match> match(
      SourcePartition partition, Route route, OffsetMaps maps) {
    try (RecordLog from = new RecordLog(source, route.source(), isolation);
        RecordLog to = new RecordLog(target, route.target(), "read_committed")) {
      return LogComparison.match(partition, route, from, to, maps);
    }
  }

  private void save(List<Progress> progress, OffsetMaps maps) {
    try (StateTopicStore store = new StateTopicStore(target, context, route -> Set.of())) {
      if (!store.loadLost().isEmpty()) {
        throw new LinkFailedException(
            "link %s was started meanwhile; nothing was saved".formatted(context.link()));
      }
      store
          .save(progress, maps.takeChanged())
          .toCompletableFuture()
          .get(SAVE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ReplicationException known
          ? known
          : new RetriableException("saving the state failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new RetriableException(
          "the state was not saved within %d s; it is unknown whether it will be"
              .formatted(SAVE_SECONDS),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RetriableException("interrupted while saving the state", e);
    }
  }
}
