package dev.twinlog.testkit.soak;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * Builds and checks the records of the load. A record holds its partition, its number there, and a
 * text whose size and contents follow from these, so that a reader can check it by itself.
 *
 * <p>Numbers count from 0 in each partition. A record of an aborted transaction has the number of
 * the next committed record, and another mark.
 */
final class SoakRecord {
  private static final Pattern BEGIN = Pattern.compile("([\\w-]+)/(\\d+) ([#!])(\\d+) ");
  private static final int BEGIN_LIMIT = 64;
  private static final int SMALL = 200;
  private static final int MIDDLE = 4_000;
  private static final int LARGE = 120_000;

  private SoakRecord() {}

  /** The record with that number. */
  static ProducerRecord<byte[], byte[]> committed(
      TopicPartition partition, long number, long timestamp) {
    return make(partition, number, timestamp, '#');
  }

  /** A record that is to be aborted. */
  static ProducerRecord<byte[], byte[]> aborted(
      TopicPartition partition, long number, long timestamp) {
    return make(partition, number, timestamp, '!');
  }

  /**
   * The number of a record of the load.
   *
   * @throws IllegalArgumentException if the record is not what the load has written with that
   *     number into that partition and committed; the message says what is wrong
   */
  static long numberOf(ConsumerRecord<byte[], byte[]> found) {
    byte[] value = found.value();
    if (value == null) {
      throw new IllegalArgumentException("it has no value");
    }
    String begin =
        new String(value, 0, Math.min(value.length, BEGIN_LIMIT), StandardCharsets.US_ASCII);
    Matcher matcher = BEGIN.matcher(begin);
    if (!matcher.lookingAt()) {
      throw new IllegalArgumentException("its value begins with \"" + begin + "\"");
    }
    TopicPartition partition = new TopicPartition(found.topic(), found.partition());
    if (matcher.group(3).equals("!")) {
      throw new IllegalArgumentException("it was aborted: " + matcher.group());
    }
    long number = Long.parseLong(matcher.group(4));
    ProducerRecord<byte[], byte[]> expected = committed(partition, number, found.timestamp());
    if (!Arrays.equals(expected.value(), value)) {
      throw new IllegalArgumentException("its value is not that of number " + number);
    }
    if (!Arrays.equals(expected.key(), found.key())) {
      throw new IllegalArgumentException("its key is not that of number " + number);
    }
    Header[] headers = found.headers().toArray();
    if (!Arrays.equals(expected.headers().toArray(), headers)) {
      throw new IllegalArgumentException("its headers are not those of number " + number);
    }
    return number;
  }

  private static ProducerRecord<byte[], byte[]> make(
      TopicPartition partition, long number, long timestamp, char mark) {
    String begin = partition.topic() + "/" + partition.partition() + " " + mark + number + " ";
    SplittableRandom random = new SplittableRandom(begin.hashCode() * 31L + number);
    byte[] value = Arrays.copyOf(ascii(begin), begin.length() + size(random));
    fill(value, begin.length(), random);
    ProducerRecord<byte[], byte[]> made =
        new ProducerRecord<>(
            partition.topic(),
            partition.partition(),
            timestamp,
            ascii("key-" + random.nextInt(SoakTopic.KEYS)),
            value);
    made.headers().add("n", ascii(Long.toString(number)));
    return made;
  }

  /** Mostly small, one of 40 of some kilobytes, one of 1,000 large. */
  private static int size(SplittableRandom random) {
    int kind = random.nextInt(1_000);
    if (kind == 0) {
      return LARGE;
    }
    return random.nextInt(kind <= 25 ? MIDDLE : SMALL);
  }

  /** Letters in runs: it compresses, but not to nothing. */
  private static void fill(byte[] value, int from, SplittableRandom random) {
    for (int at = from; at < value.length; ) {
      int run = Math.min(value.length - at, 1 + random.nextInt(12));
      Arrays.fill(value, at, at + run, (byte) ('a' + random.nextInt(26)));
      at += run;
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
