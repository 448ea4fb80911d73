package dev.twinlog.internal.offsets;

import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The chunks that a store would contain after these saves. */
final class StoredChunks {
  private final Map<Route, Map<Long, MapChunk>> kept = new LinkedHashMap<>();

  void save(Collection<MapChunk> changed) {
    for (MapChunk chunk : changed) {
      Map<Long, MapChunk> ofRoute =
          kept.computeIfAbsent(chunk.route(), route -> new LinkedHashMap<>());
      if (chunk.isRemoved()) {
        ofRoute.remove(chunk.number());
      } else {
        ofRoute.put(chunk.number(), chunk);
      }
    }
  }

  List<MapChunk> all() {
    List<MapChunk> all = new ArrayList<>();
    kept.values().forEach(ofRoute -> all.addAll(ofRoute.values()));
    return all;
  }

  Map<Long, byte[]> bytes(Route route) {
    Map<Long, byte[]> bytes = new LinkedHashMap<>();
    kept.getOrDefault(route, Map.of()).forEach((number, chunk) -> bytes.put(number, chunk.bytes()));
    return bytes;
  }
}
