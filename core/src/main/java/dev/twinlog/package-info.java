/**
 * What a user of Twinlog names first: {@link dev.twinlog.Replicator} with its builder, the settings
 * of a link, its status and its events. Start at {@link dev.twinlog.Replicator}.
 */
@NullMarked
package dev.twinlog;

import org.jspecify.annotations.NullMarked;
