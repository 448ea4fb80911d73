package dev.twinlog.internal.kafka.state;

import dev.twinlog.spi.GroupChunk;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The last chunk of every number of every consumer group. Not thread-safe. */
final class GroupChunks {
  private final Map<String, Map<Integer, GroupChunk>> byGroup = new HashMap<>();

  /** Forgets all chunks, and adds these. */
  void replaceAll(Collection<GroupChunk> chunks) {
    byGroup.clear();
    chunks.forEach(this::put);
  }

  /** Adds, replaces or removes a chunk. */
  void put(GroupChunk chunk) {
    if (!chunk.isRemoved()) {
      byGroup.computeIfAbsent(chunk.group(), any -> new HashMap<>(2)).put(chunk.number(), chunk);
      return;
    }
    Map<Integer, GroupChunk> ofGroup = byGroup.get(chunk.group());
    if (ofGroup != null) {
      ofGroup.remove(chunk.number());
      if (ofGroup.isEmpty()) {
        byGroup.remove(chunk.group());
      }
    }
  }

  List<GroupChunk> all() {
    List<GroupChunk> chunks = new ArrayList<>();
    byGroup.values().forEach(ofGroup -> chunks.addAll(ofGroup.values()));
    return chunks;
  }
}
