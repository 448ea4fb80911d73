package dev.twinlog.internal.kafka.wire.write.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.write.WriterRig;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CompressionPolicyTest {
  /** The least and the greatest level that Kafka's producer accepts, and gzip's default. */
  @ParameterizedTest
  @CsvSource({"GZIP,-1", "GZIP,1", "GZIP,9", "LZ4,1", "LZ4,17", "ZSTD,-131072", "ZSTD,22"})
  void levelsThatKafkaTakes_areUsedForTheirCodec(Codec codec, int level) {
    Map<String, String> set =
        Map.of(
            "compression.%s.level".formatted(codec.name().toLowerCase(Locale.ROOT)), " " + level);
    CompressionPolicy compressions =
        CompressionPolicy.of(
            new TargetTopics(null),
            ClientSettings.of("eu-west", "localhost:1", Map.of(), set),
            Optional.empty());
    ByteBuffer batch = WriterRig.bytes(WriterRig.records(0, 3), Compression.of(codec));
    assertThat(compressions.ofBatch(batch)).isEqualTo(Compression.of(codec, level));
    ByteBuffer again = WriterRig.bytes(WriterRig.records(0, 3), compressions.ofBatch(batch));
    assertThat(Compression.ofBatch(again).codec()).isEqualTo(codec);
  }
}
