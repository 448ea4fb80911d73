package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.LinkDescription;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LinkDescriptionCodecTest {
  private static final LinkDescription FULL =
      new LinkDescription(
          "us-to-eu", "cluster-us", "cluster-eu", Map.of("orders", "us.orders", "b", "us.b"));
  private static final LinkDescription BARE = new LinkDescription("", "", "", Map.of());

  @Test
  void everyFieldComesBack() {
    assertThat(LinkDescriptionCodec.decode(LinkDescriptionCodec.encode(FULL))).isEqualTo(FULL);
    assertThat(LinkDescriptionCodec.decode(LinkDescriptionCodec.encode(BARE))).isEqualTo(BARE);
  }

  @Test
  void everyTruncationIsRefused() {
    CodecCases.refusesEveryTruncation(
        LinkDescriptionCodec.encode(FULL), LinkDescriptionCodec::decode);
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
