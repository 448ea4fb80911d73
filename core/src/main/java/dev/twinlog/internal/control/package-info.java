/**
 * The topics that a link needs in its target cluster, and the checks whether it may copy to them:
 * no loops, and no topic that another link already writes.
 */
@NullMarked
package dev.twinlog.internal.control;

import org.jspecify.annotations.NullMarked;
