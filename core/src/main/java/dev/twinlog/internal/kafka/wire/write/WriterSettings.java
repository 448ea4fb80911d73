package dev.twinlog.internal.kafka.wire.write;

/**
 * What a writer goes by.
 *
 * @param maxInFlight requests of a connection, and batches of a route, without an answer
 * @param maxRequestBytes what a request holds at most, unless its first batch is larger
 * @param timeoutMs how long a broker may wait for its replicas
 * @param retryNanos the first pause after something failed that may succeed later
 * @param retryMaxNanos the longest
 * @param budgetBytes what the engine hands out before it waits for acknowledgements
 */
record WriterSettings(
    int maxInFlight,
    int maxRequestBytes,
    int timeoutMs,
    long retryNanos,
    long retryMaxNanos,
    long budgetBytes) {}
