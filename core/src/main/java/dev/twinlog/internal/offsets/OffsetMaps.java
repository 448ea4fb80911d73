package dev.twinlog.internal.offsets;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Holds the offset maps of a link, or of a part of it, within a bound of memory.
 *
 * <p>Confined to the link's control thread, except {@link #history()}, which any thread may use,
 * and the {@link SourceMap} of an open copy session, to which the lane's writer thread appends.
 */
public final class OffsetMaps {
  /** Enough for ten million segments. */
  public static final long DEFAULT_BYTES = 64L << 20;

  /**
   * Once over the bound, this fraction of it is freed, so that it doesn't happen for every block.
   */
  private static final int FREED_AT_ONCE = 16;

  private final long maxBytes;
  private final Map<TopicPartition, SourceMap> sources = new ConcurrentHashMap<>();
  private final Map<TopicPartition, List<RouteMap>> targets = new ConcurrentHashMap<>();

  /**
   * Creates empty maps.
   *
   * @param maxBytes the memory that they may take; beyond it the oldest entries of the largest maps
   *     become coarse
   */
  public OffsetMaps(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Loads the stored maps.
   *
   * @param chunks all chunks that are stored
   * @throws LinkFailedException if one is missing, damaged or of an unknown version
   */
  public static OffsetMaps load(long maxBytes, Collection<MapChunk> chunks) {
    OffsetMaps maps = new OffsetMaps(maxBytes);
    Map<Route, Map<Long, byte[]>> byRoute = new HashMap<>();
    for (MapChunk chunk : chunks) {
      if (!chunk.isRemoved()) {
        byRoute
            .computeIfAbsent(chunk.route(), route -> new HashMap<>())
            .put(chunk.number(), chunk.bytes());
      }
    }
    Map<TopicPartition, List<RouteMap>> bySource = new HashMap<>();
    byRoute.forEach(
        (route, stored) ->
            bySource
                .computeIfAbsent(route.source(), source -> new ArrayList<>())
                .add(MapCodec.load(route, stored)));
    bySource.forEach(
        (source, loaded) -> {
          loaded.forEach(maps::add);
          maps.sources.put(source, new SourceMap(loaded, maps::add));
        });
    return maps;
  }

  private void add(RouteMap map) {
    targets.merge(
        map.route().target(),
        List.of(map),
        (known, one) -> {
          List<RouteMap> all = new ArrayList<>(known);
          all.addAll(one);
          return List.copyOf(all);
        });
  }

  /**
   * Opens the maps of a copy session: entries from {@code from.sourceNext()} on are removed, since
   * the session will append them again, and maps of new routes begin there.
   *
   * <p>A route's {@code targetNext} must be correct: entries of later target offsets are removed.
   *
   * @return the maps to append to until the session has ended
   */
  public SourceMap open(Progress from) {
    return open(from, Set.of());
  }

  /**
   * As {@link #open(Progress)}, if records were copied beyond the last progress that these maps
   * know.
   *
   * @param unseen the routes that have records from before {@code from.sourceNext()} in the target
   *     at unknown offsets; these records count as copied
   */
  public SourceMap open(Progress from, Set<Route> unseen) {
    SourceMap map =
        sources.computeIfAbsent(
            from.source().partition(), partition -> new SourceMap(List.of(), this::add));
    map.open(from, unseen);
    return map;
  }

  /** Returns the maps of a source partition that was opened. */
  SourceMap source(TopicPartition partition) {
    return Objects.requireNonNull(sources.get(partition), "it was not opened");
  }

  /**
   * Records that the target has deleted its oldest records.
   *
   * @param logStarts the log start offsets, of target partitions for which they are known
   */
  public void trim(Map<TopicPartition, Long> logStarts) {
    logStarts.forEach(
        (target, start) -> targets.getOrDefault(target, List.of()).forEach(map -> map.trim(start)));
  }

  /** Up to which target offset positions of each route can be translated, where that is known. */
  public Map<Route, Long> reached() {
    Map<Route, Long> reached = new HashMap<>();
    for (List<RouteMap> maps : targets.values()) {
      maps.forEach(map -> map.reached().ifPresent(end -> reached.put(map.route(), end)));
    }
    return reached;
  }

  /** Records that the target has no record of the route between its last one and this offset. */
  public void targetEnd(Route route, long end) {
    SourceMap map = sources.get(route.source());
    if (map != null) {
      map.route(route).targetEnd(end);
    }
  }

  /** For each target partition, an offset that all records of the maps are before. */
  public Map<TopicPartition, Long> copiedEnds() {
    Map<TopicPartition, Long> ends = new HashMap<>();
    targets.forEach(
        (target, maps) -> maps.forEach(map -> ends.merge(target, map.copiedEnd(), Math::max)));
    return ends;
  }

  /**
   * Takes the chunks that have changed since the last call, to be stored together with a progress
   * that was read before this call. Also keeps the maps within their bound.
   */
  public List<MapChunk> takeChanged() {
    keepWithin(maxBytes, List.of(this));
    List<MapChunk> chunks = new ArrayList<>();
    sources.values().forEach(map -> chunks.addAll(map.takeChanged()));
    return chunks;
  }

  /** The stored chunks are lost: the next {@link #takeChanged} returns all chunks. */
  public void storedIsLost() {
    targets.values().forEach(maps -> maps.forEach(RouteMap::lost));
  }

  /**
   * Keeps these maps together within a bound: beyond it the oldest entries of the largest maps
   * become coarse.
   *
   * @return the memory that they take then, in bytes
   */
  public static long keepWithin(long maxBytes, Collection<OffsetMaps> all) {
    long bytes = all.stream().mapToLong(OffsetMaps::bytes).sum();
    long over = bytes - maxBytes;
    if (over <= 0) {
      return bytes;
    }
    List<RouteMap> largest = new ArrayList<>();
    all.forEach(maps -> maps.targets.values().forEach(largest::addAll));
    largest.sort(Comparator.comparingLong(RouteMap::fineBytes).reversed());
    long toFree = over + maxBytes / FREED_AT_ONCE;
    for (RouteMap map : largest) {
      long before = map.bytes();
      map.coarsen(toFree);
      long freed = before - map.bytes();
      bytes -= freed;
      toFree -= freed;
      if (toFree <= 0) {
        break;
      }
    }
    return bytes;
  }

  /** Returns what all maps know now. Any thread. */
  public List<CopiedRoute> copied() {
    List<CopiedRoute> copied = new ArrayList<>();
    targets.values().forEach(maps -> maps.forEach(map -> copied.add(map.copied())));
    return copied;
  }

  /** The memory that all maps take, in bytes. */
  public long bytes() {
    long bytes = 0;
    for (List<RouteMap> maps : targets.values()) {
      for (RouteMap map : maps) {
        bytes += map.bytes();
      }
    }
    return bytes;
  }

  /** Returns a view of the maps that any thread may use. */
  public OffsetHistory history() {
    return new History();
  }

  private final class History implements OffsetHistory {
    @Override
    public List<Route> routesFrom(TopicPartition source) {
      SourceMap map = sources.get(source);
      return map == null ? List.of() : map.routes();
    }

    @Override
    public List<Route> routesInto(TopicPartition target) {
      return targets.getOrDefault(target, List.of()).stream().map(RouteMap::route).toList();
    }

    @Override
    public Translation toTarget(Route route, long offset) {
      RouteMap map = find(route);
      return map == null ? noRoute(route) : map.toTarget(offset);
    }

    @Override
    public Translation toSource(Route route, long offset) {
      RouteMap map = find(route);
      return map == null ? noRoute(route) : map.toSource(offset);
    }

    private @Nullable RouteMap find(Route route) {
      SourceMap map = sources.get(route.source());
      return map == null ? null : map.find(route);
    }

    private Unavailable noRoute(Route route) {
      return new Unavailable("the link has no route " + route);
    }
  }
}
