//! Which requests there are, by the names that the Engine API's own description gives them ("operationId").

use hyper::Method;

macro_rules! operations {
    ($($name:ident = $method:ident $path:literal;)*) => {
        /// What a request is. Whoever has to know each of them, as the commands that a person is shown, forgets none.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($name,)*
        }

        impl Operation {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub fn method(self) -> Method {
                match self {
                    $(Self::$name => Method::$method,)*
                }
            }

            /// Begins with a slash; `{}` is the object's ID or name.
            pub fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)*
                }
            }
        }
    };
}

operations! {
    BuildPrune = POST "/build/prune";
    ContainerArchive = GET "/containers/{}/archive";
    ContainerArchiveInfo = HEAD "/containers/{}/archive";
    ContainerAttach = POST "/containers/{}/attach";
    ContainerChanges = GET "/containers/{}/changes";
    ContainerCreate = POST "/containers/create";
    ContainerDelete = DELETE "/containers/{}";
    ContainerExec = POST "/containers/{}/exec";
    ContainerExport = GET "/containers/{}/export";
    ContainerInspect = GET "/containers/{}/json";
    ContainerKill = POST "/containers/{}/kill";
    ContainerList = GET "/containers/json";
    ContainerLogs = GET "/containers/{}/logs";
    ContainerPause = POST "/containers/{}/pause";
    ContainerRename = POST "/containers/{}/rename";
    ContainerResize = POST "/containers/{}/resize";
    ContainerRestart = POST "/containers/{}/restart";
    ContainerStart = POST "/containers/{}/start";
    ContainerStats = GET "/containers/{}/stats";
    ContainerStop = POST "/containers/{}/stop";
    ContainerTop = GET "/containers/{}/top";
    ContainerUnpause = POST "/containers/{}/unpause";
    ContainerUpdate = POST "/containers/{}/update";
    ContainerWait = POST "/containers/{}/wait";
    DistributionInspect = GET "/distribution/{}/json";
    ExecInspect = GET "/exec/{}/json";
    ExecResize = POST "/exec/{}/resize";
    ExecStart = POST "/exec/{}/start";
    ImageBuild = POST "/build";
    ImageCommit = POST "/commit";
    ImageCreate = POST "/images/create";
    ImageDelete = DELETE "/images/{}";
    ImageGetAll = GET "/images/get";
    ImageHistory = GET "/images/{}/history";
    ImageInspect = GET "/images/{}/json";
    ImageList = GET "/images/json";
    ImageLoad = POST "/images/load";
    ImagePush = POST "/images/{}/push";
    ImageTag = POST "/images/{}/tag";
    NetworkConnect = POST "/networks/{}/connect";
    NetworkCreate = POST "/networks/create";
    NetworkDelete = DELETE "/networks/{}";
    NetworkDisconnect = POST "/networks/{}/disconnect";
    NetworkInspect = GET "/networks/{}";
    NetworkList = GET "/networks";
    PutContainerArchive = PUT "/containers/{}/archive";
    SystemDataUsage = GET "/system/df";
    SystemEvents = GET "/events";
    SystemInfo = GET "/info";
    SystemPing = GET "/_ping";
    SystemVersion = GET "/version";
    VolumeCreate = POST "/volumes/create";
    VolumeDelete = DELETE "/volumes/{}";
    VolumeInspect = GET "/volumes/{}";
    VolumeList = GET "/volumes";
}

impl Operation {
    /// Its object is named by an image's reference, which spans segments of the path.
    pub fn is_of_reference(self) -> bool {
        self.path().starts_with("/images/{}") || self.path().starts_with("/distribution/")
    }

    /// It sends a tar file.
    pub fn sends_archive(self) -> bool {
        matches!(self, Self::PutContainerArchive | Self::ImageLoad | Self::ImageBuild)
    }
}
