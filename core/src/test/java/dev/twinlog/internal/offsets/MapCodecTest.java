package dev.twinlog.internal.offsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.progress.GoldenFile;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation.AtLeast;
import dev.twinlog.spi.Translation.Exact;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class MapCodecTest {
  private static final TopicPartition SOURCE = new TopicPartition("orders", 0);
  private static final Route ROUTE = new Route(SOURCE, SOURCE);

  private static Map<Long, byte[]> stored(int segments) {
    return stored(segments, OffsetMaps.DEFAULT_BYTES);
  }

  /** The chunks of so many segments that the oldest blocks become coarse. */
  private static Map<Long, byte[]> coarsened() {
    return stored(700, 500);
  }

  private static Map<Long, byte[]> stored(int segments, long maxBytes) {
    OffsetMaps maps = new OffsetMaps(maxBytes);
    SourceMap source =
        maps.open(
            new Progress(
                new SourcePartition(SOURCE, Optional.empty()),
                5,
                true,
                "",
                List.of(new RouteProgress(ROUTE, 0, 0, new byte[0]))));
    RouteMap map = source.route(ROUTE);
    for (int i = 0; i < segments; i++) {
      map.append(5 + i * 301L, i * 300L, 300);
    }
    source.checkpoint(5 + segments * 301L);
    StoredChunks store = new StoredChunks();
    store.save(maps.takeChanged());
    return store.bytes(ROUTE);
  }

  @Test
  void theChunks_areWrittenAsEver() {
    GoldenFile.of("0.1/map-open").isWritten(stored(2).get(0L));
    GoldenFile.of("0.1/map-coarse").isWritten(coarsened().get(1L));
    GoldenFile.of("0.1/map-body").isWritten(stored(300).get(2L));
  }

  @Test
  void theChunks_ofEveryVersionAreRead() {
    GoldenFile open = GoldenFile.of("0.1/map-open");
    for (byte[] bytes : List.of(open.bytes(), open.grown())) {
      RouteMap map = MapCodec.load(ROUTE, Map.of(0L, bytes));
      assertThat(map.toTarget(5 + 301 + 17)).isEqualTo(new Exact(SOURCE, 317));
    }
    GoldenFile body = GoldenFile.of("0.1/map-body");
    for (byte[] bytes : List.of(body.bytes(), body.grown())) {
      RouteMap map = MapCodec.load(ROUTE, replaced(stored(300), 2, bytes));
      assertThat(map.toTarget(5 + 7 * 301 + 17)).isEqualTo(new Exact(SOURCE, 7 * 300 + 17));
    }
    GoldenFile coarse = GoldenFile.of("0.1/map-coarse");
    for (byte[] bytes : List.of(coarse.bytes(), coarse.grown())) {
      RouteMap map = MapCodec.load(ROUTE, replaced(coarsened(), 1, bytes));
      assertThat(map.toTarget(5 + 7 * 301 + 17)).isEqualTo(new AtLeast(SOURCE, 0));
    }
    assertThatThrownBy(() -> MapCodec.load(ROUTE, Map.of(0L, open.raised(0))))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll(ROUTE.toString(), "it needs Twinlog 7.3 or newer");
  }

  @Test
  void theTargetsEnd_isAnOptionalFieldBehindAllOthers() {
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    Progress begin =
        new Progress(
            new SourcePartition(SOURCE, Optional.empty()),
            5,
            true,
            "",
            List.of(new RouteProgress(ROUTE, 0, 0, new byte[0])));
    RouteMap map = maps.open(begin).route(ROUTE);
    map.append(5, 0, 1);
    map.targetEnd(9);
    StoredChunks store = new StoredChunks();
    store.save(maps.takeChanged());
    GoldenFile.of("0.2/map-open").isWritten(store.bytes(ROUTE).get(0L));
    assertThat(MapCodec.load(ROUTE, store.bytes(ROUTE)).toSource(9)).isInstanceOf(Exact.class);
  }

  @Test
  void aMapOfManyChunks_comesBack() {
    Map<Long, byte[]> chunks = stored(700);
    assertThat(chunks.keySet()).containsExactlyInAnyOrder(0L, 2L, 3L);
    RouteMap map = MapCodec.load(ROUTE, chunks);
    for (int i = 0; i < 700; i++) {
      assertThat(map.toTarget(5 + i * 301L + 17)).isEqualTo(new Exact(SOURCE, i * 300L + 17));
      assertThat(map.toSource(i * 300L + 17)).isEqualTo(new Exact(SOURCE, 5 + i * 301L + 17));
    }
    assertThat(map.toTarget(5 + 700 * 301L)).isEqualTo(new Exact(SOURCE, 700 * 300L));
  }

  @Test
  void afterLoading_nothingHasToBeStored() {
    Map<Long, byte[]> chunks = stored(700);
    assertThat(MapCodec.load(ROUTE, chunks).takeChanged(0)).isEmpty();
  }

  @Test
  void aFullChunk_isStoredOnce() {
    OffsetMaps maps = OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, chunks(stored(700)));
    SourceMap source =
        maps.open(
            new Progress(
                new SourcePartition(SOURCE, Optional.empty()),
                5 + 700 * 301L,
                true,
                "",
                List.of(new RouteProgress(ROUTE, 700, 700 * 300L, new byte[0]))));
    source.route(ROUTE).append(5 + 700 * 301L, 700 * 300L, 1);
    source.checkpoint(6 + 700 * 301L);
    assertThat(maps.takeChanged()).extracting(MapChunk::number).containsExactly(0L);
    assertThat(maps.takeChanged()).isEmpty();
    source.checkpoint(7 + 700 * 301L);
    assertThat(maps.takeChanged()).extracting(MapChunk::number).containsExactly(0L);
  }

  private static List<MapChunk> chunks(Map<Long, byte[]> stored) {
    return stored.entrySet().stream()
        .map(one -> new MapChunk(ROUTE, one.getKey(), one.getValue()))
        .toList();
  }

  @Test
  void aMissingChunk_isNamed() {
    Map<Long, byte[]> chunks = new LinkedHashMap<>(stored(700));
    chunks.remove(3L);
    assertRefused(chunks, "chunk 3 is missing");
    chunks.remove(0L);
    assertRefused(chunks, "its first chunk is missing");
  }

  @Test
  void aChunkTooMany_isNamed() {
    Map<Long, byte[]> chunks = new LinkedHashMap<>(stored(700));
    chunks.put(9L, new byte[] {1});
    assertRefused(chunks, "chunks are left over: [9]");
  }

  @Test
  void anUnknownVersion_isRefused() {
    for (long number : stored(700).keySet()) {
      Map<Long, byte[]> chunks = new LinkedHashMap<>(stored(700));
      byte[] other = chunks.get(number).clone();
      other[0] = 2;
      chunks.put(number, other);
      assertThatThrownBy(() -> MapCodec.load(ROUTE, chunks))
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("format version 2");
    }
  }

  @Test
  void everyTruncation_isRefused() {
    Map<Long, byte[]> whole = stored(300);
    whole.forEach(
        (number, bytes) -> {
          for (int length = 0; length < bytes.length; length++) {
            assertRefused(replaced(whole, number, Arrays.copyOf(bytes, length)), "damaged");
          }
        });
  }

  @Test
  void aDamagedByte_neverGivesAnythingButAMapOrARefusal() {
    Map<Long, byte[]> whole = stored(300);
    whole.forEach(
        (number, bytes) -> {
          for (int at = 1; at < bytes.length; at++) {
            for (int flip : new int[] {0x01, 0x80, 0xff}) {
              byte[] damaged = bytes.clone();
              damaged[at] ^= (byte) flip;
              try {
                MapCodec.load(ROUTE, replaced(whole, number, damaged)).toTarget(1_000);
              } catch (LinkFailedException e) {
                assertThat(e).hasMessageContaining("offset map of orders-0 -> orders-0");
              }
            }
          }
        });
  }

  private static Map<Long, byte[]> replaced(Map<Long, byte[]> whole, long number, byte[] bytes) {
    Map<Long, byte[]> chunks = new LinkedHashMap<>(whole);
    chunks.put(number, bytes);
    return chunks;
  }

  private static void assertRefused(Map<Long, byte[]> chunks, String how) {
    assertThatThrownBy(() -> MapCodec.load(ROUTE, chunks))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("the stored offset map of orders-0 -> orders-0 is damaged")
        .hasMessageContaining(how);
  }
}
