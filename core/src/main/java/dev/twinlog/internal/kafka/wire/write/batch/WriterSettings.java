package dev.twinlog.internal.kafka.wire.write.batch;

/**
 * Settings of a writer.
 *
 * @param maxInFlight requests of a connection, and batches of a route, without an answer
 * @param maxRequestBytes the greatest size of a request, unless its first batch is larger
 * @param timeoutMs how long a broker may wait for its replicas
 * @param retryNanos the first backoff after a failure that may be temporary
 * @param retryMaxNanos the longest backoff
 * @param budgetBytes how much the engine reads before it waits for acknowledgements
 */
public record WriterSettings(
    int maxInFlight,
    int maxRequestBytes,
    int timeoutMs,
    long retryNanos,
    long retryMaxNanos,
    long budgetBytes) {}
