/** What a link wants its target to look like, as pure functions of what its source looks like. */
@NullMarked
package dev.twinlog.internal.control;

import org.jspecify.annotations.NullMarked;
