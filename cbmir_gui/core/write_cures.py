"""What helps against each reason why something cannot be written."""

import errno

_ANY = (
    "check that the folder is there, may be written to and has space, or choose "
    "another one"
)
_FREE_SPACE = "free some space or choose another folder"
_FIND_FOLDER = (
    "check that the folder and its disk are there, make the folder, or choose another "
    "one"
)
_MAY_NOT_WRITE = (
    "choose a folder that you may write to, or have its permissions changed"
)
_OTHER_NAME = "choose another name"
_CURES = {
    errno.ENOSPC: _FREE_SPACE,
    errno.EDQUOT: _FREE_SPACE,
    errno.EFBIG: "choose a folder on a disk that takes files of this size",
    errno.ENOENT: _FIND_FOLDER,
    errno.ENOTDIR: _FIND_FOLDER,
    errno.EACCES: _MAY_NOT_WRITE,
    errno.EPERM: _MAY_NOT_WRITE,
    errno.EROFS: _MAY_NOT_WRITE,
    errno.EEXIST: _OTHER_NAME,
    errno.EISDIR: _OTHER_NAME,
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EIO: "check the disk, which may be failing or disconnected",
}


def write_cure(code: int) -> str:
    """Return what the user can do, as the middle of a sentence.

    Parameters
    ----------
    code
        An errno; 0 where there is none.
    """
    return _CURES.get(code, _ANY)
