/**
 * The implementation of {@link dev.twinlog.testkit.NetworkLink}: a TCP relay on the loopback
 * interface that imitates a long, narrow and unreliable line. Nothing here is public API.
 *
 * <p>{@link dev.twinlog.testkit.internal.net.Relay} is one thread with a selector. It has a {@code
 * ListeningPort} for each address that clients connect to, and a {@code Connection} of two {@code
 * Pipe}s for each client. A pipe keeps bytes until they are due; the {@code Wire}, one in each
 * direction for all pipes together, decides when that is.
 */
@NullMarked
package dev.twinlog.testkit.internal.net;

import org.jspecify.annotations.NullMarked;
