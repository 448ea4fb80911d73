package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.TopicOrigin;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LinkDescriptionCodecTest {
  private static final LinkDescription FULL =
      new LinkDescription(
          "us-to-eu",
          "cluster-us",
          "cluster-eu",
          Map.of("orders", "us.orders", "b", "us.b"),
          Map.of("b", List.of(new TopicOrigin("cluster-asia", "b", List.of("x", "y")))));
  private static final LinkDescription BARE = new LinkDescription("", "", "", Map.of());

  @Test
  void everyFieldComesBack() {
    assertThat(LinkDescriptionCodec.decode(LinkDescriptionCodec.encode(FULL))).isEqualTo(FULL);
    assertThat(LinkDescriptionCodec.decode(LinkDescriptionCodec.encode(BARE))).isEqualTo(BARE);
  }

  @Test
  void everyTruncationIsRefused_butThatOfAllOrigins() {
    byte[] whole = LinkDescriptionCodec.encode(BARE);
    CodecCases.refusesEveryTruncation(whole, LinkDescriptionCodec::decode);
    byte[] stored = LinkDescriptionCodec.encode(FULL);
    LinkDescription without =
        new LinkDescription(FULL.link(), FULL.sourceCluster(), FULL.targetCluster(), FULL.topics());
    int before = LinkDescriptionCodec.encode(without).length;
    assertThat(LinkDescriptionCodec.decode(Arrays.copyOf(stored, before))).isEqualTo(without);
    for (int length = before + 1; length < stored.length; length++) {
      byte[] cut = Arrays.copyOf(stored, length);
      assertThatThrownBy(() -> LinkDescriptionCodec.decode(cut)).hasMessageContaining("damaged");
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
