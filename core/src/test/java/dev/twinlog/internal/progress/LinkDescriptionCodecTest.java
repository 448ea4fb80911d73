package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.TopicOrigin;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class LinkDescriptionCodecTest {
  private static final LinkDescription FULL =
      new LinkDescription(
          "us-to-eu",
          "cluster-us",
          "cluster-eu",
          Map.of("orders", "us.orders", "b", "us.b"),
          Map.of("b", List.of(new TopicOrigin("cluster-asia", "b", List.of("x", "y")))),
          Optional.of(new UUID(1, 2)),
          Optional.of(new UUID(3, 4)));
  private static final LinkDescription BARE = new LinkDescription("", "", "", Map.of());

  @Test
  void everyFieldComesBack() {
    assertThat(LinkDescriptionCodec.decode(LinkDescriptionCodec.encode(FULL))).isEqualTo(FULL);
    assertThat(LinkDescriptionCodec.decode(LinkDescriptionCodec.encode(BARE))).isEqualTo(BARE);
  }

  @Test
  void everyTruncationIsRefused_butThoseOfWholeOptionalFields() {
    byte[] bare = LinkDescriptionCodec.encode(BARE);
    CodecCases.refusesEveryTruncation(bare, LinkDescriptionCodec::decode);
    byte[] stored = LinkDescriptionCodec.encode(FULL);
    LinkDescription noReverse = FULL.reverseOf(Optional.empty());
    LinkDescription noMove = noReverse.moved(Optional.empty());
    LinkDescription noOrigins =
        new LinkDescription(FULL.link(), FULL.sourceCluster(), FULL.targetCluster(), FULL.topics());
    Map<Integer, LinkDescription> whole =
        Map.of(
            LinkDescriptionCodec.encode(noOrigins).length,
            noOrigins,
            LinkDescriptionCodec.encode(noMove).length,
            noMove,
            LinkDescriptionCodec.encode(noReverse).length - 1,
            noReverse);
    for (int length = 1; length < stored.length; length++) {
      byte[] cut = Arrays.copyOf(stored, length);
      if (whole.containsKey(length)) {
        assertThat(LinkDescriptionCodec.decode(cut)).isEqualTo(whole.get(length));
      } else {
        assertThatThrownBy(() -> LinkDescriptionCodec.decode(cut)).hasMessageContaining("damaged");
      }
    }
  }

  @Test
  void whatANewerVersionAddsIsSkipped() {
    CodecCases.skipsTrailingBytes(LinkDescriptionCodec.encode(FULL), LinkDescriptionCodec::decode);
  }

  @Test
  void anUnknownVersionIsRefused() {
    CodecCases.refusesOtherVersions(
        LinkDescriptionCodec.encode(FULL), LinkDescriptionCodec::decode);
  }

  @Test
  void aDamagedByteNeverGivesAnythingButAValueOrARefusal() {
    CodecCases.meetsEveryDamagedByte(
        LinkDescriptionCodec.encode(FULL), LinkDescriptionCodec::decode);
  }
}
