package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.cluster.ClientSettings;

/**
 * Fetch settings: the user's consumer properties, with defaults within the bound on bytes in
 * flight.
 *
 * @param maxWaitMs how long a broker may wait for {@code minBytes}
 * @param minBytes the least bytes for which a broker answers at once
 * @param fetchBytes the most bytes of one answer
 * @param nearBytes the bytes of one partition in an answer, from a nearby broker
 * @param farBytes the same from a distant broker
 * @param boundBytes the bytes in flight up to which fetches are sent
 * @param coalesce whether small batches that arrive together are merged
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
   * The intended throughput of one partition, by which the fetch size grows with the round trip.
   */
  private static final long BYTES_PER_SECOND = 200_000_000;

  /** An answer is larger than its records, and the sizes of the pool's buffers are round. */
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
   * Returns the bytes to fetch of one partition. A broker answers one fetch after the other, so the
   * longer the round trip is, the more each must return.
   *
   * @param roundTripNanos the round trip to the broker; 0 if unknown
   */
  int partitionBytes(long roundTripNanos) {
    double perTrip = BYTES_PER_SECOND * (roundTripNanos / 1e9);
    return (int) Math.max(nearBytes, Math.min(farBytes, perTrip));
  }

  /** Returns the same settings with every batch passed on unmerged. */
  ReadSettings withoutCoalescing() {
    return new ReadSettings(
        maxWaitMs, minBytes, fetchBytes, nearBytes, farBytes, boundBytes, false);
  }
}
