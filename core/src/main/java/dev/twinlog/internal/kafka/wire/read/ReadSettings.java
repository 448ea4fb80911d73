package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.cluster.ClientSettings;

/**
 * How to fetch: as the user's consumer properties say, and where they say nothing, within the bound
 * of what may be in flight.
 *
 * @param maxWaitMs how long a broker may wait for {@code minBytes}
 * @param minBytes what is worth an answer
 * @param fetchBytes of one answer
 * @param nearBytes of one partition in an answer, at least
 * @param farBytes the same of a broker that is far away
 * @param boundBytes what may be lent out while fetches are still sent
 * @param coalesce whether small batches that arrive together travel on as one
 */
record ReadSettings(
    int maxWaitMs,
    int minBytes,
    int fetchBytes,
    int nearBytes,
    int farBytes,
    long boundBytes,
    boolean coalesce) {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;
  private static final int KAFKA_REQUEST_MS = 30_000;

  /**
   * What one partition should bring in a second, of which a far broker eats much by its distance.
   */
  private static final long BYTES_PER_SECOND = 200_000_000;

  /** An answer is larger than its records, and a buffer of the pool is a power of two. */
  private static final int ANSWER_OVERHEAD = 32 * KIB;

  static ReadSettings of(ClientSettings client, long maxInFlightBytes) {
    int fetch = within(maxInFlightBytes / 4, MIB, 16 * MIB) - ANSWER_OVERHEAD;
    int partition = within(maxInFlightBytes / 8, 64 * KIB, 4 * MIB);
    // a broker that waits as long as a request may take would look dead
    int longest = client.number("request.timeout.ms", KAFKA_REQUEST_MS) / 2;
    return new ReadSettings(
        Math.min(longest, client.number("fetch.max.wait.ms", 500)),
        client.number("fetch.min.bytes", 1),
        client.number("fetch.max.bytes", fetch),
        client.number("max.partition.fetch.bytes", partition),
        client.number("max.partition.fetch.bytes", fetch),
        maxInFlightBytes,
        true);
  }

  private static int within(long value, int least, int most) {
    return (int) Math.max(least, Math.min(most, value));
  }

  /**
   * What to ask of one partition. A broker answers one fetch after the other, so the farther it is,
   * the more each must bring.
   *
   * @param roundTripNanos the way there and back; 0 if unknown
   */
  int partitionBytes(long roundTripNanos) {
    double perTrip = BYTES_PER_SECOND * (roundTripNanos / 1e9);
    return (int) Math.max(nearBytes, Math.min(farBytes, perTrip));
  }

  /** The same, with every batch as it is. */
  ReadSettings withoutCoalescing() {
    return new ReadSettings(
        maxWaitMs, minBytes, fetchBytes, nearBytes, farBytes, boundBytes, false);
  }
}
