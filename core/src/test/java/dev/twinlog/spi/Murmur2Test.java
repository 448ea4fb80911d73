package dev.twinlog.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

final class Murmur2Test {
  @Test
  void hash_equalsKafkas() {
    Random random = new Random(1);
    for (int length = 0; length < 200; length++) {
      for (int i = 0; i < 20; i++) {
        byte[] key = new byte[length];
        random.nextBytes(key);
        assertThat(Murmur2.hash(key)).as("length %d", length).isEqualTo(Utils.murmur2(key));
      }
    }
  }

  @Test
  void hash_staysWhatItIs() {
    assertThat(Murmur2.hash(new byte[0])).isEqualTo(275646681);
    assertThat(Murmur2.hash("21".getBytes(UTF_8))).isEqualTo(-973932308);
    assertThat(Murmur2.hash("foobar".getBytes(UTF_8))).isEqualTo(-790332482);
  }
}
