/**
 * What is watched beside the copying: ends that no reader reports, open transactions, the target's
 * cluster and topics, log starts behind which maps can be shorter, and when the source was last
 * heard. Duties, and what the control thread does itself of them. {@code VerifyAgent} verifies the
 * copy on a thread of its own.
 */
@NullMarked
package dev.twinlog.internal.engine.watch;

import org.jspecify.annotations.NullMarked;
