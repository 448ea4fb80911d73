package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.TopicOrigin;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/**
 * Checks the stored forms of progress and link descriptions against the golden files of every
 * version.
 */
final class StoredFormTest {
  private static final TopicPartition ORDERS_3 = new TopicPartition("orders", 3);
  private static final Progress PROGRESS =
      new Progress(
          new SourcePartition(ORDERS_3, Optional.of(new Uuid(0x0a, 0x0b))),
          1_000,
          true,
          "mapper=keyHash/2",
          List.of(route(0, 600, 601, new byte[] {1, 2}), route(1, 400, 400, new byte[0])));
  private static final Progress WITH_EPOCH =
      new Progress(
          PROGRESS.source(),
          PROGRESS.sourceNext(),
          PROGRESS.clean(),
          PROGRESS.stagesFingerprint(),
          PROGRESS.routes(),
          OptionalInt.of(7));
  private static final Progress SKIPPING =
      WITH_EPOCH.skipping(
          SkippedOffsets.none().with(7).with(8, OptionalInt.of(7)).with(1_000, OptionalInt.of(7)));
  private static final Progress SKIPPING_ANY_EPOCH =
      WITH_EPOCH.skipping(SkippedOffsets.none().with(7).with(8).with(1_000));
  private static final LinkDescription DESCRIPTION =
      new LinkDescription("us-to-eu", "us", "eu", Map.of("orders", "us.orders", "b", "us.b"));
  private static final LinkDescription WITH_ORIGINS =
      new LinkDescription(
          DESCRIPTION.link(),
          DESCRIPTION.sourceCluster(),
          DESCRIPTION.targetCluster(),
          DESCRIPTION.topics(),
          Map.of("orders", List.of(new TopicOrigin("asia", "o", List.of("asia-to-us")))));
  private static final LinkDescription MOVED =
      WITH_ORIGINS.moved(Optional.of(new UUID(3, 4))).reverseOf(Optional.of(new UUID(5, 6)));
  private static final Path FILE = Path.of("progress");
  private static final UUID OWNER = new UUID(1, 2);

  private static RouteProgress route(int target, long written, long next, byte[] state) {
    return new RouteProgress(
        new Route(ORDERS_3, new TopicPartition("us.orders", target)), written, next, state);
  }

  @Test
  void progress_isWrittenAsEver() {
    GoldenFile.of("0.1/progress").isWritten(ProgressCodec.encode(PROGRESS));
    GoldenFile.of("0.2/progress").isWritten(ProgressCodec.encode(WITH_EPOCH));
    GoldenFile.of("0.4/progress-skipping").isWritten(ProgressCodec.encode(SKIPPING));
  }

  @Test
  void progress_ofEveryVersionIsRead() {
    GoldenFile first = GoldenFile.of("0.1/progress");
    assertThat(ProgressCodec.decode(first.bytes())).isEqualTo(PROGRESS);
    GoldenFile withEpoch = GoldenFile.of("0.2/progress");
    assertThat(ProgressCodec.decode(withEpoch.bytes())).isEqualTo(WITH_EPOCH);
    assertThat(ProgressCodec.decode(withEpoch.grown())).isEqualTo(WITH_EPOCH);
    GoldenFile anyEpoch = GoldenFile.of("0.3/progress-skipping");
    assertThat(ProgressCodec.decode(anyEpoch.bytes())).isEqualTo(SKIPPING_ANY_EPOCH);
    GoldenFile skipping = GoldenFile.of("0.4/progress-skipping");
    assertThat(ProgressCodec.decode(skipping.bytes())).isEqualTo(SKIPPING);
    assertThat(ProgressCodec.decode(skipping.grown())).isEqualTo(SKIPPING);
    assertThatThrownBy(() -> ProgressCodec.decode(first.raised(0)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("it needs Twinlog 7.3 or newer");
  }

  @Test
  void linkDescription_isWrittenAsEver() {
    GoldenFile.of("0.1/link-description").isWritten(LinkDescriptionCodec.encode(DESCRIPTION));
    GoldenFile.of("0.2/link-description").isWritten(LinkDescriptionCodec.encode(WITH_ORIGINS));
    GoldenFile.of("0.2/link-description-moved").isWritten(LinkDescriptionCodec.encode(MOVED));
  }

  @Test
  void linkDescription_ofEveryVersionIsRead() {
    GoldenFile first = GoldenFile.of("0.1/link-description");
    assertThat(LinkDescriptionCodec.decode(first.bytes())).isEqualTo(DESCRIPTION);
    GoldenFile withOrigins = GoldenFile.of("0.2/link-description");
    assertThat(LinkDescriptionCodec.decode(withOrigins.bytes())).isEqualTo(WITH_ORIGINS);
    GoldenFile moved = GoldenFile.of("0.2/link-description-moved");
    assertThat(LinkDescriptionCodec.decode(moved.bytes())).isEqualTo(MOVED);
    assertThat(LinkDescriptionCodec.decode(moved.grown())).isEqualTo(MOVED);
    assertThatThrownBy(() -> LinkDescriptionCodec.decode(first.raised(0)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("it needs Twinlog 7.3 or newer");
  }

  @Test
  void progressFile_isWrittenAsEver() {
    GoldenFile.of("0.1/progress-file")
        .isWritten(ProgressFileFormat.encode(OWNER, List.of(PROGRESS)));
  }

  @Test
  void progressFile_ofEveryVersionIsRead() {
    GoldenFile first = GoldenFile.of("0.1/progress-file");
    assertThat(ProgressFileFormat.owner(FILE, first.bytes())).isEqualTo(OWNER);
    assertThat(ProgressFileFormat.decode(FILE, first.bytes())).containsExactly(PROGRESS);
    assertThat(ProgressFileFormat.decode(FILE, grownBeforeTheChecksum(first)))
        .containsExactly(PROGRESS);
    assertThatThrownBy(() -> ProgressFileFormat.decode(FILE, first.raised(0)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("it needs Twinlog 7.3 or newer");
  }

  private static byte[] grownBeforeTheChecksum(GoldenFile file) {
    byte[] grown = Arrays.copyOf(file.bytes(), file.bytes().length + 5);
    CRC32C checksum = new CRC32C();
    checksum.update(grown, 0, grown.length - 4);
    ByteBuffer.wrap(grown).putInt(grown.length - 4, (int) checksum.getValue());
    return grown;
  }

  @Test
  void release_isTakenForOneOnlyIfItLooksLikeOne() {
    assertThat(StoredForm.release(release("0.2"), 1)).contains("0.2");
    assertThat(StoredForm.release(release("12.0.1-rc1"), 1)).contains("12.0.1-rc1");
    assertThat(StoredForm.release(release("orders"), 1)).isEmpty();
    assertThat(StoredForm.release(new byte[] {9}, 1)).isEmpty();
    assertThat(StoredForm.release(new byte[] {9, 100, '1', '.', '0'}, 1)).isEmpty();
    assertThat(StoredForm.release(new byte[] {9, -3, '1', '.', '0'}, 1)).isEmpty();
  }

  private static byte[] release(String text) {
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(2 + ascii.length)
        .put((byte) 9)
        .put((byte) ascii.length)
        .put(ascii)
        .array();
  }
}
