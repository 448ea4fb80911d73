package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.progress.LinkDescriptionCodec;
import dev.twinlog.internal.progress.ProgressCodec;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.ConfigLedgerStore.Resource;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The contents of a state topic: the last record of every key. Not thread-safe. */
final class StateContents {
  private final Map<TopicPartition, Progress> progress = new HashMap<>();
  private final Map<Route, Map<Long, MapChunk>> map = new HashMap<>();
  private final Map<AclEntry, AclEntry> acls = new HashMap<>();
  private final Map<Resource, Map<String, String>> configs = new HashMap<>();
  private final GroupChunks groups = new GroupChunks();
  private final Map<String, StoredEntry> entries = new HashMap<>();
  private @Nullable LinkDescription link;
  private @Nullable UUID owner;
  private long completeFrom;
  private final IgnoredRecords ignored = new IgnoredRecords();

  void progress(TopicPartition partition, byte @Nullable [] value) {
    if (value == null) {
      progress.remove(partition);
    } else {
      progress.put(partition, ProgressCodec.decode(value));
    }
  }

  void mapChunk(MapChunk chunk) {
    Map<Long, MapChunk> ofRoute = map.computeIfAbsent(chunk.route(), route -> new HashMap<>());
    if (chunk.isRemoved()) {
      ofRoute.remove(chunk.number());
    } else {
      // all chunks of a route share one route object, since there may be thousands
      Route route =
          ofRoute.values().stream().findFirst().map(MapChunk::route).orElse(chunk.route());
      ofRoute.put(chunk.number(), new MapChunk(route, chunk.number(), chunk.bytes()));
    }
  }

  void group(GroupChunk chunk) {
    groups.put(chunk);
  }

  /** Returns the chunks of what was written of consumer groups. */
  List<GroupChunk> groups() {
    return groups.all();
  }

  void entry(StoredEntry entry) {
    if (entry.isRemoved()) {
      entries.remove(entry.key());
    } else {
      entries.put(entry.key(), entry);
    }
  }

  /** Returns what the engine remembers of the link. */
  List<StoredEntry> entries() {
    return List.copyOf(entries.values());
  }

  /** Removes and returns the chunks of the offset map. */
  List<MapChunk> takeMapChunks() {
    List<MapChunk> chunks = new ArrayList<>();
    map.values().forEach(ofRoute -> chunks.addAll(ofRoute.values()));
    map.clear();
    return chunks;
  }

  void acl(AclEntry created, Optional<AclEntry> source) {
    source.ifPresentOrElse(entry -> acls.put(created, entry), () -> acls.remove(created));
  }

  /** Returns the ACLs that the link has created, with those of the source. */
  Map<AclEntry, AclEntry> acls() {
    return Map.copyOf(acls);
  }

  void configs(Resource resource, Map<String, String> set) {
    if (set.isEmpty()) {
      configs.remove(resource);
    } else {
      configs.put(resource, set);
    }
  }

  /** Returns the configs that the link has set in the target. */
  Map<Resource, Map<String, String>> configs() {
    return Map.copyOf(configs);
  }

  void link(byte @Nullable [] value) {
    link = value == null ? null : LinkDescriptionCodec.decode(value);
  }

  void owner(UUID instance, long completeFrom) {
    owner = instance;
    this.completeFrom = Math.max(this.completeFrom, completeFrom);
  }

  /** Returns the offset at which a log with the complete state began. */
  long completeFrom() {
    return completeFrom;
  }

  Map<SourcePartition, Progress> progress() {
    Map<SourcePartition, Progress> bySource = new HashMap<>();
    progress.values().forEach(one -> bySource.put(one.source(), one));
    return Map.copyOf(bySource);
  }

  Optional<LinkDescription> link() {
    return Optional.ofNullable(link);
  }

  IgnoredRecords ignored() {
    return ignored;
  }

  /** Returns the instance that took the link over last. */
  Optional<UUID> owner() {
    return Optional.ofNullable(owner);
  }
}
