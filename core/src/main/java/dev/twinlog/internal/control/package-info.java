/**
 * The topics that a link needs in its target cluster, and the checks whether it may copy to them:
 * no loops, and no topic that another link already writes. And what is to be written of a consumer
 * group, and why not the rest.
 */
@NullMarked
package dev.twinlog.internal.control;

import org.jspecify.annotations.NullMarked;
