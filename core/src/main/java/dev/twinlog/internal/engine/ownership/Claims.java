package dev.twinlog.internal.engine.ownership;

import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.Shards;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/**
 * The claims that this instance holds of its link. Offsets are translated, and leases checked, by
 * the claim that owns the partition.
 *
 * <p>Changed by the control thread only. Any thread may look up claims, and use {@link #history()}
 * and the leases.
 */
public final class Claims {
  private volatile Held held = new Held(Shards.ONE, Map.of(), List.of());

  private volatile long mapBytes;

  /** The leases of claims whose writes may have been in flight when they ended. */
  private volatile List<OwnerLease> broken = List.of();

  /**
   * The claims at one moment. Immutable.
   *
   * @param byShard the claims by the number of each of their shards
   * @param all each claim once
   */
  private record Held(Shards shards, Map<Integer, Claim> byShard, List<Claim> all) {
    static Held of(Shards shards, Map<Integer, Claim> byShard) {
      return new Held(shards, byShard, byShard.values().stream().distinct().toList());
    }
  }

  // Adding and removing.

  /**
   * Adds a claim.
   *
   * @throws IllegalStateException if one of its shards is claimed already
   */
  public void add(Claim claim) {
    Map<Integer, Claim> now = new LinkedHashMap<>(held.byShard());
    for (int shard : claim.numbers()) {
      if (now.put(shard, claim) != null) {
        throw new IllegalStateException("shard %d is claimed already".formatted(shard));
      }
    }
    held = Held.of(claim.shards(), now);
  }

  /**
   * Ends a claim and removes it, with its offset maps.
   *
   * @param drained whether none of its writes is in flight
   */
  public void remove(Claim claim, boolean drained) {
    claim.lease().end();
    List<OwnerLease> still = new ArrayList<>(broken);
    still.removeIf(lease -> !lease.mayBeInFlight());
    if (!drained) {
      still.add(claim.lease());
    }
    broken = List.copyOf(still); // before it is removed, so that a reader sees one or the other
    Map<Integer, Claim> now = new LinkedHashMap<>(held.byShard());
    now.values().removeIf(one -> one == claim);
    held = Held.of(held.shards(), now);
  }

  /** All claims that are held. Any thread. */
  public Collection<Claim> all() {
    return held.all();
  }

  /** Whether this claim is held. Any thread. */
  public boolean holds(Claim claim) {
    return held.byShard().containsValue(claim);
  }

  /** The claim that owns a source partition. Any thread. */
  public Optional<Claim> find(TopicPartition source) {
    Held now = held;
    return Optional.ofNullable(now.byShard().get(now.shards().of(source)));
  }

  // Offset maps.

  /**
   * Takes the chunks of the offset maps that have changed since the last call, to be stored
   * together with a progress that was read before this call. Also keeps the maps of all claims
   * together within the bound of one link.
   */
  public List<MapChunk> takeChanged() {
    List<OffsetMaps> maps = held.all().stream().map(Claim::maps).toList();
    mapBytes = OffsetMaps.keepWithin(OffsetMaps.DEFAULT_BYTES, maps);
    List<MapChunk> chunks = new ArrayList<>();
    maps.forEach(one -> chunks.addAll(one.takeChanged()));
    return chunks;
  }

  /** The memory that the offset maps took when {@link #takeChanged} was last called. Any thread. */
  public long mapBytes() {
    return mapBytes;
  }

  /** The stored chunks are lost: the next {@link #takeChanged} returns all chunks. */
  public void storedIsLost() {
    held.all().forEach(claim -> claim.maps().storedIsLost());
  }

  /** For each target partition, an offset that all copied records of the claims are before. */
  public Map<TopicPartition, Long> copiedEnds() {
    Map<TopicPartition, Long> ends = new HashMap<>();
    held.all()
        .forEach(
            claim ->
                claim
                    .maps()
                    .copiedEnds()
                    .forEach((target, end) -> ends.merge(target, end, Math::max)));
    return ends;
  }

  /** Reads the maps of the claims that are held at the time of each call. Any thread. */
  public OffsetHistory history() {
    return new History(this);
  }

  private record History(Claims claims) implements OffsetHistory {
    private Optional<OffsetHistory> of(TopicPartition source) {
      return claims.find(source).map(claim -> claim.maps().history());
    }

    private static Translation notOwned(Route route) {
      return new Unavailable("this instance of the link does not own " + route.source());
    }

    @Override
    public List<Route> routesFrom(TopicPartition source) {
      return of(source).map(maps -> maps.routesFrom(source)).orElse(List.of());
    }

    @Override
    public List<Route> routesInto(TopicPartition target) {
      List<Route> routes = new ArrayList<>();
      claims.all().forEach(claim -> routes.addAll(claim.maps().history().routesInto(target)));
      return routes;
    }

    @Override
    public Translation toTarget(Route route, long offset) {
      return of(route.source())
          .map(maps -> maps.toTarget(route, offset))
          .orElseGet(() -> notOwned(route));
    }

    @Override
    public Translation toSource(Route route, long offset) {
      return of(route.source())
          .map(maps -> maps.toSource(route, offset))
          .orElseGet(() -> notOwned(route));
    }
  }

  // Leases.

  /**
   * A save begins, which proves the ownership of all claims if it succeeds.
   *
   * @return what to run when it has succeeded; on any thread
   */
  public Runnable proof() {
    Map<OwnerLease, OwnerLease.Moment> asked = new HashMap<>();
    held.all().forEach(claim -> asked.put(claim.lease(), claim.lease().now()));
    return () -> asked.forEach(OwnerLease::proved);
  }

  /**
   * The lease on the claim that owns the partition now, and not on a later one; one that doesn't
   * hold if none does. Any thread.
   */
  public Lease lease(TopicPartition source) {
    return find(source).<Lease>map(Claim::lease).orElse(NOTHING);
  }

  /**
   * The lease on everything that is claimed at the time of each call. It doesn't hold while writes
   * of a claim that was lost may be in flight.
   */
  public Lease lease() {
    return new AllLeases(this);
  }

  private static final Lease NOTHING =
      new Lease() {
        @Override
        public boolean holds() {
          return false;
        }

        @Override
        public boolean formerOwnersExpired() {
          return false;
        }
      };

  private record AllLeases(Claims claims) implements Lease {
    /** Asked for every request that is sent, so it allocates nothing. */
    private boolean all(Predicate<OwnerLease> condition) {
      List<Claim> now = claims.held.all();
      for (int i = 0; i < now.size(); i++) {
        if (!condition.test(now.get(i).lease())) {
          return false;
        }
      }
      return !now.isEmpty();
    }

    @Override
    public boolean holds() {
      if (!all(OwnerLease::holds)) {
        return false;
      }
      List<OwnerLease> ended = claims.broken;
      for (int i = 0; i < ended.size(); i++) {
        if (ended.get(i).mayBeInFlight()) {
          return false;
        }
      }
      return true;
    }

    @Override
    public boolean isEnding() {
      return !all(lease -> !lease.isEnding());
    }

    @Override
    public boolean formerOwnersExpired() {
      return all(OwnerLease::formerOwnersExpired);
    }
  }
}
